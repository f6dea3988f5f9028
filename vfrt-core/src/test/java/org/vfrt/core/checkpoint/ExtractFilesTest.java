package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.FakeFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;

/** Single files of a checkpoint's disks. */
final class ExtractFilesTest {

    private static final String XML = CheckpointWorld.WEB1.formatted("""
            <disk device='disk'><source file='/images/a.img'/><target dev='xvda'/></disk>
            <disk device='disk'><source file='/images/b.img'/><target dev='xvdb'/></disk>
            """);

    @TempDir
    private Path work;

    private CheckpointWorld world;
    private final FakeFiles files = new FakeFiles();

    @BeforeEach
    void begin(@TempDir Path directory) {
        world = new CheckpointWorld(directory);
    }

    private Manifest taken() {
        world.pool.on("xen1").addRunning("web1", XML);
        world.disks.write("xen1", "/images/a.img", "a");
        world.disks.write("xen1", "/images/b.img", "b");
        Manifest manifest = world.create().manifest().orElseThrow();
        manifest.disks().forEach(disk -> files.put(disk.snapshot(), "/etc/" + disk.target(), "of " + disk.target()));
        return manifest;
    }

    private ExtractFiles.Outcome extract(Optional<String> disk, boolean dryRun, String... paths) {
        return new ExtractFiles(world.pool.pool(), files, world.store, world.clock)
                .run(
                        new ExtractFiles.Request(
                                "web1",
                                List.of(paths),
                                disk,
                                Optional.empty(),
                                Optional.of(work.resolve("out")),
                                dryRun),
                        Progress.NONE);
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> all = Files.list(work)) {
            return all.toList();
        }
    }

    private static void refused(Class<? extends Failure> kind, String code, Runnable work) {
        assertThatThrownBy(work::run)
                .isInstanceOf(kind)
                .isInstanceOfSatisfying(Failure.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void theFilesAreInANewDirectoryOfNobodyElse() throws IOException {
        taken();
        ExtractFiles.Outcome outcome = extract(Optional.of("xvdb"), false, "/etc/xvdb");
        assertThat(outcome.directory()).isEqualTo(work.resolve("out"));
        assertThat(outcome.directory().resolve("etc/xvdb")).content().isEqualTo("of xvdb");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(outcome.directory())))
                .isEqualTo("rwx------");
        assertThat(left()).containsExactly(work.resolve("out"));
    }

    @Test
    void nothingIsWrittenOverWhatIsThere() throws IOException {
        taken();
        Files.createDirectory(work.resolve("out"));
        refused(Refused.class, "directory-exists", () -> extract(Optional.of("xvda"), false, "/etc/xvda"));
        assertThat(work.resolve("out")).isEmptyDirectory();
    }

    @Test
    void ofFilesThatDoNotAllComeNothingIsLeft() throws IOException {
        taken();
        files.breaksOff = "the line broke";
        refused(Failed.class, "files-incomplete", () -> extract(Optional.of("xvda"), false, "/etc/xvda"));
        assertThat(left()).isEmpty();
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        taken();
        assertThat(extract(Optional.of("xvda"), true, "/etc/xvda").copied()).isEmpty();
        refused(NotFound.class, "no-such-file", () -> extract(Optional.of("xvda"), true, "/etc/nothing"));
        assertThat(left()).isEmpty();
    }

    @Test
    void ofSeveralDisksOneIsNamed() {
        taken();
        refused(BadInput.class, "which-disk", () -> extract(Optional.empty(), false, "/etc/xvda"));
        refused(NotFound.class, "no-such-disk", () -> extract(Optional.of("xvdz"), false, "/etc/xvda"));
    }

    @Test
    void aCheckpointOfMemoryAloneHasNone() {
        world.web1WithDiskOn("xen1");
        world.create(new CreateCheckpoint.Request(
                "web1",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                DiskWish.NONE,
                false,
                Duration.ZERO));
        refused(Refused.class, "no-disks-in-checkpoint", () -> extract(Optional.empty(), false, "/etc/motd"));
    }

    @Test
    void aHostThatIsNotOfThisPoolIsNotGuessed() {
        Manifest manifest = taken();
        world.pool.silence("xen1");
        assertThatThrownBy(() -> extract(Optional.of("xvda"), false, "/etc/xvda"))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("xen1");
        assertThat(manifest.hostName()).isEqualTo("xen1");
    }

    @Test
    void aPathWithALineEndInItIsNone() {
        taken();
        refused(BadInput.class, "bad-path-in-guest", () -> extract(Optional.of("xvda"), false, "/etc/a\nb"));
    }
}
