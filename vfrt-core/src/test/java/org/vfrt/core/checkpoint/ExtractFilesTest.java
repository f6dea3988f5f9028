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
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.FakeFiles;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;

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
        return taken(DiskWish.REFERENCE);
    }

    private Manifest taken(DiskWish wish) {
        world.pool.on("xen1").addRunning("web1", XML);
        world.disks.write("xen1", "/images/a.img", "a");
        world.disks.write("xen1", "/images/b.img", "b");
        Manifest manifest = world.create(wish).manifest().orElseThrow();
        manifest.disks().forEach(disk -> files.put(disk.snapshot(), "/etc/" + disk.target(), "of " + disk.target()));
        return manifest;
    }

    private ExtractFiles.Outcome extract(Optional<String> disk, boolean dryRun, String... paths) {
        return extract(files, disk, dryRun, paths);
    }

    private ExtractFiles.Outcome extract(
            SnapshotFiles reading, Optional<String> disk, boolean dryRun, String... paths) {
        return new ExtractFiles(
                        world.pool.pool(), reading, world.disks, world.store, world.locks, world.journal, world.clock)
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

    /** Files of a snapshot that was made of what the store holds: those of the one that it was taken of, if it has the same content. */
    private final class FilesOfMade implements SnapshotFiles {

        private final Manifest manifest;
        private final String content;
        Optional<String> seen = Optional.empty();

        FilesOfMade(Manifest manifest, String content) {
            this.manifest = manifest;
            this.content = content;
        }

        private Wish asTaken(Hypervisor host, Wish wish) {
            PairedDisk made = wish.disk();
            seen = Optional.of(host.host().name() + " " + made.snapshot());
            assertThat(world.disks.read(host.host().name(), made.snapshot())).contains(content);
            PairedDisk taken = manifest.disks().stream()
                    .filter(one -> one.target().equals(made.target()))
                    .findFirst()
                    .orElseThrow();
            assertThat(made.snapshot()).isNotEqualTo(taken.snapshot());
            return new Wish(taken, wish.mark(), wish.moment(), wish.partition(), wish.paths());
        }

        @Override
        public Place look(Hypervisor host, Wish wish) {
            return files.look(host, asTaken(host, wish));
        }

        @Override
        public Copied copy(Hypervisor host, Wish wish, Path directory, LongConsumer progress) {
            return files.copy(host, asTaken(host, wish), directory, progress);
        }
    }

    private FilesOfMade withoutSnapshots() {
        Manifest manifest = taken(DiskWish.CONTENT);
        manifest.disks().forEach(disk -> world.disks.lose("xen1", disk.snapshot()));
        return new FilesOfMade(manifest, "a");
    }

    private List<String> everything() {
        return Stream.concat(world.disks.all("xen1").stream(), world.disks.all("xen2").stream())
                .toList();
    }

    @Test
    void whereTheSnapshotIsGoneTheFilesComeOutOfTheContentInTheStore() {
        FilesOfMade made = withoutSnapshots();
        List<String> before = everything();
        ExtractFiles.Outcome outcome = extract(made, Optional.of("xvda"), false, "/etc/xvda");
        assertThat(outcome.directory().resolve("etc/xvda")).content().isEqualTo("of xvda");
        assertThat(made.seen).get().asString().startsWith("xen1 ");
        assertThat(everything()).isEqualTo(before);
        assertThat(world.journal.unfinished()).isEmpty();
    }

    @Test
    void whereTheHostOfTheCheckpointHasNoRoomAnotherHostReadsThem() throws IOException {
        FilesOfMade made = withoutSnapshots();
        world.disks.cannotBring.add("xen1");
        assertThat(extract(made, Optional.of("xvda"), false, "/etc/xvda").hostName())
                .isEqualTo("xen2");
        assertThat(world.disks.all("xen2")).isEmpty();
        Files.move(work.resolve("out"), work.resolve("moved"));
        world.disks.cannotBring.add("xen2");
        assertThatThrownBy(() -> extract(made, Optional.of("xvda"), true, "/etc/xvda"))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reasons()).hasSize(2));
    }

    @Test
    void whatWasMadeForItIsGoneAlsoWhenTheFilesDoNotCome() throws IOException {
        FilesOfMade made = withoutSnapshots();
        List<String> before = everything();
        files.breaksOff = "the line broke";
        refused(Failed.class, "files-incomplete", () -> extract(made, Optional.of("xvda"), false, "/etc/xvda"));
        refused(NotFound.class, "no-such-file", () -> extract(made, Optional.of("xvda"), false, "/etc/nothing"));
        assertThat(everything()).isEqualTo(before);
        assertThat(left()).isEmpty();
    }

    @Test
    void aDryRunMakesNothingAndSaysSo() {
        FilesOfMade made = withoutSnapshots();
        ExtractFiles.Outcome outcome = extract(made, Optional.of("xvda"), true, "/etc/xvda");
        assertThat(outcome.hostName()).isEqualTo("xen1");
        assertThat(outcome.place()).isEmpty();
        assertThat(outcome.notes()).singleElement().asString().contains("would be made on host 'xen1'");
        assertThat(made.seen).isEmpty();
    }

    /** Nobody catches it. */
    private static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void whatADeadProcessHadMadeTheNextCommandRemoves() {
        FilesOfMade made = withoutSnapshots();
        List<String> before = everything();
        SnapshotFiles dying = new SnapshotFiles() {
            @Override
            public Place look(Hypervisor host, Wish wish) {
                throw new Death();
            }

            @Override
            public Copied copy(Hypervisor host, Wish wish, Path directory, LongConsumer progress) {
                made.asTaken(host, wish);
                world.disks.failsToRemove = "the process is gone";
                throw new Death();
            }
        };
        assertThatThrownBy(() -> extract(dying, Optional.of("xvda"), false, "/etc/xvda"))
                .isInstanceOf(Death.class);
        assertThat(everything()).hasSize(before.size() + 1);
        world.disks.failsToRemove = "";
        assertThat(world.settle().left()).isEmpty();
        assertThat(everything()).isEqualTo(before);
        assertThat(world.journal.unfinished()).isEmpty();
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
