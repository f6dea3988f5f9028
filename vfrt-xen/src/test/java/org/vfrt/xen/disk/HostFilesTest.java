package org.vfrt.xen.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotFiles;
import org.vfrt.core.disk.SnapshotFilesContract;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShells;

/** Files with a real ext4 in them, on a real XFS, on this machine. Thin volumes are met on the lab. */
final class HostFilesTest extends SnapshotFilesContract {

    private static final long PARTITION_OFFSET = 1L << 20;
    private static final long PARTITION_BYTES = 16L << 20;
    private static final long DISK_BYTES = 24L << 20;

    @TempDir
    static Path work;

    private static @Nullable LoopMount xfs;

    private final FakePool pool = new FakePool("xen1");
    private final HostDisks.ShellOfHost shells =
            host -> HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty()));
    private final SnapshotFiles files = new HostFiles(shells);

    @BeforeAll
    static void mount() throws Exception {
        xfs = LoopMount.xfs(work);
    }

    @AfterAll
    static void unmount() throws Exception {
        if (xfs != null) {
            xfs.unmount();
        }
    }

    private static LoopMount xfs() {
        return Objects.requireNonNull(xfs);
    }

    private static Path image() {
        return xfs().path().resolve("web 1.img");
    }

    @BeforeEach
    void clean() throws IOException {
        xfs().clear();
    }

    /** Nothing is left, whatever happened. Of a program that was killed the kernel takes down what it had, and that takes a moment. */
    @AfterEach
    void leavesNothing() throws Exception {
        for (int tries = 0; tries < 100 && loops().contains("web 1.img"); tries++) {
            Thread.sleep(100);
        }
        assertThat(loops()).doesNotContain("web 1.img");
        try (Stream<Path> left = Files.walk(xfs().path())) {
            assertThat(left).noneMatch(path -> path.toString().contains("vfrt-kept"));
        }
    }

    private static String loops() throws Exception {
        return LoopMount.run("losetup", "--noheadings", "--output", "BACK-FILE");
    }

    private static List<String> workplaces() throws IOException {
        try (Stream<Path> run = Files.list(Path.of("/run"))) {
            return run.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("vfrt-files\\.[A-Za-z0-9]{8}"))
                    .toList();
        }
    }

    @Override
    protected SnapshotFiles files() {
        return files;
    }

    @Override
    protected Hypervisor host() {
        return pool.on("xen1");
    }

    /** A file system in something, and what is in it. */
    private static void format(long offset, long bytes, String script) throws Exception {
        String loop = LoopMount.run(
                "losetup", "-f", "--show", "-o", "" + offset, "--sizelimit", "" + bytes, image().toString());
        try {
            LoopMount.run("mkfs.ext4", "-q", loop);
            Path at = Files.createTempDirectory(work, "at");
            LoopMount.run("mount", loop, at.toString());
            LoopMount.run("bash", "-euc", "cd \"$1\"; " + script, "bash", at.toString());
            LoopMount.run("umount", at.toString());
        } finally {
            LoopMount.run("losetup", "-d", loop);
        }
    }

    /** As {@link HostDisks} takes one; what that knows of is all of the machine's, and another test counts it. */
    private static PairedDisk taken() throws Exception {
        Path snapshot = xfs().path()
                .resolve(".vfrt-snapshots/web 1.img.vfrt-" + MARK.checkpoint() + "." + MARK.store() + "."
                        + MARK.guest());
        Files.createDirectories(snapshot.getParent());
        LoopMount.run("cp", "--reflink=always", image().toString(), snapshot.toString());
        return new PairedDisk(
                "xvda", image().toString(), Engine.REFLINK, "1", DISK_BYTES, snapshot.toString(), identity(snapshot));
    }

    private static String identity(Path snapshot) throws Exception {
        return LoopMount.run("stat", "-c", "%i:%s:%.9Y", snapshot.toString());
    }

    private PairedDisk made(String script) {
        try {
            LoopMount.grow(image(), DISK_BYTES);
            format(0, DISK_BYTES, script);
            return taken();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected PairedDisk disk() {
        return made("mkdir -p etc srv/data; printf hello > etc/motd; printf A > srv/data/a; printf B > srv/data/b");
    }

    @Override
    protected void lose(PairedDisk disk) {
        try {
            Files.delete(Path.of(disk.snapshot()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SnapshotFiles.Copied copied(PairedDisk disk, Optional<Integer> partition, String... paths) {
        SnapshotFiles.Wish wish =
                new SnapshotFiles.Wish(disk, MARK, "20261130T030000Z-00000002", partition, List.of(paths));
        return files.copy(host(), wish, into, bytes -> {});
    }

    /** The first is of that size; the second begins where it ends. */
    private void partitioned(int secondKind) throws Exception {
        LoopMount.grow(image(), DISK_BYTES);
        ByteBuffer table = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        int sectors = (int) (PARTITION_BYTES / 512);
        entry(table, 446, 0x83, (int) (PARTITION_OFFSET / 512), sectors);
        entry(table, 462, secondKind, (int) (PARTITION_OFFSET / 512) + sectors, 8192);
        table.putShort(510, (short) 0xAA55);
        try (FileChannel disk = FileChannel.open(image(), StandardOpenOption.WRITE)) {
            disk.write(table, 0);
        }
    }

    private static void entry(ByteBuffer table, int at, int kind, int start, int sectors) {
        table.put(at + 4, (byte) kind).putInt(at + 8, start).putInt(at + 12, sectors);
    }

    @Test
    void thePartitionThatHasThemIsFound() throws Exception {
        partitioned(0x82);
        format(PARTITION_OFFSET, PARTITION_BYTES, "mkdir etc; printf hello > etc/motd");
        SnapshotFiles.Copied copied = copied(taken(), Optional.empty(), "/etc/motd");
        assertThat(copied.place()).isEqualTo(new SnapshotFiles.Place("ext4", Optional.of(1)));
        assertThat(into.resolve("etc/motd")).content().isEqualTo("hello");
    }

    @Test
    void whatIsInSeveralPartitionsIsAskedFor() throws Exception {
        partitioned(0x83);
        format(PARTITION_OFFSET, PARTITION_BYTES, "printf first > motd");
        format(PARTITION_OFFSET + PARTITION_BYTES, 4L << 20, "printf second > motd");
        PairedDisk disk = taken();
        assertThatThrownBy(() -> copied(disk, Optional.empty(), "/motd"))
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo("several-partitions"));
        copied(disk, Optional.of(2), "/motd");
        assertThat(into.resolve("motd")).content().isEqualTo("second");
        assertThatThrownBy(() -> copied(disk, Optional.of(7), "/motd")).hasMessageContaining("no partition 7, but 1,2");
    }

    @Test
    void whatIsNotMountedIsNamed() throws Exception {
        partitioned(0x8e);
        format(PARTITION_OFFSET, PARTITION_BYTES, "true");
        try (FileChannel disk = FileChannel.open(image(), StandardOpenOption.WRITE)) {
            // LUKS, as cryptsetup-luksFormat(8) begins.
            disk.write(
                    ByteBuffer.wrap(new byte[] {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe, 0, 1}),
                    PARTITION_OFFSET + PARTITION_BYTES);
        }
        PairedDisk disk = taken();
        assertThatThrownBy(() -> copied(disk, Optional.of(2), "/etc/motd"))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("partition 2 is encrypted");
    }

    @Test
    void aFileSystemThatWasInUseIsMendedInTheCopyAlone() throws Exception {
        PairedDisk disk = disk();
        // As a guest leaves it in the middle of its work: the journal is to be replayed.
        LoopMount.run("chmod", "0600", disk.snapshot());
        LoopMount.run("debugfs", "-w", "-R", "feature needs_recovery", disk.snapshot());
        PairedDisk dirty = new PairedDisk(
                disk.target(),
                disk.path(),
                disk.engine(),
                disk.identity(),
                disk.sizeBytes(),
                disk.snapshot(),
                identity(Path.of(disk.snapshot())));
        String before = LoopMount.run("sha256sum", disk.snapshot());
        copied(dirty, Optional.empty(), "/etc/motd");
        assertThat(into.resolve("etc/motd")).content().isEqualTo("hello");
        assertThat(LoopMount.run("sha256sum", disk.snapshot())).isEqualTo(before);
    }

    @Test
    void noLinkOfTheGuestLeadsOutOfIt() throws Exception {
        PairedDisk disk =
                made("mkdir -p usr/bin etc; printf mine > etc/hostname; ln -s usr/bin bin; printf ls > usr/bin/ls;"
                        + " ln -s ../../../../../../etc up; ln -s /etc/hostname direct; ln -s loop loop");
        copied(disk, Optional.empty(), "/bin/ls", "/up/hostname", "/../../etc/hostname", "/direct");
        assertThat(into.resolve("usr/bin/ls")).content().isEqualTo("ls");
        assertThat(into.resolve("etc/hostname")).content().isEqualTo("mine");
        assertThat(Files.readSymbolicLink(into.resolve("direct"))).isEqualTo(Path.of("/etc/hostname"));
        assertThatThrownBy(() -> copied(disk, Optional.empty(), "/loop/x")).hasMessageContaining("/loop/x");
    }

    @Test
    void devicesAndPipesAreLeftOutAndCounted() throws Exception {
        PairedDisk disk = made("mkdir dev; mknod dev/sda b 8 0; mkfifo dev/pipe; printf x > dev/file");
        assertThat(copied(disk, Optional.empty(), "/dev").leftOut()).isEqualTo(2);
        assertThat(into.resolve("dev")).isDirectoryContaining("glob:**/file");
        assertThat(Files.exists(into.resolve("dev/sda"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
    }

    @Test
    void ownersAndModesAreKeptAndHolesStayHoles() throws Exception {
        PairedDisk disk = made("printf x > f; chown 1234:4321 f; chmod 4751 f; truncate -s 10G hole");
        SnapshotFiles.Copied copied = copied(disk, Optional.empty(), "/f", "/hole");
        assertThat(LoopMount.run("stat", "-c", "%u:%g %a", into.resolve("f").toString()))
                .isEqualTo("1234:4321 4751");
        assertThat(Files.size(into.resolve("hole"))).isEqualTo(10L << 30);
        assertThat(copied.bytes()).isLessThan(1 << 20);
    }

    @Test
    void whatAKilledReaderLeavesTheNextOneRemoves() throws Exception {
        PairedDisk disk = made("head -c 12M /dev/urandom > big");
        assertThatThrownBy(() -> files.copy(host(), wish(disk, "/big"), into, bytes -> killReaders()))
                .isInstanceOf(Failure.class);
        files.look(host(), wish(disk, "/big"));
        assertThat(workplaces()).isEmpty();
    }

    /** Some take more than one page to say what they are. */
    private static void killReaders() {
        ProcessHandle.allProcesses().forEach(process -> {
            try {
                String command =
                        Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"), StandardCharsets.ISO_8859_1);
                if (command.startsWith("bash") && command.contains("files.sh\0reflink\0" + xfs().path())) {
                    process.destroyForcibly();
                }
            } catch (IOException e) {
                // It has ended.
                return;
            }
        });
    }

    @Test
    void aLookLeavesNothing() throws Exception {
        files.look(host(), wish(disk(), "/etc"));
        assertThat(workplaces()).isEmpty();
    }
}
