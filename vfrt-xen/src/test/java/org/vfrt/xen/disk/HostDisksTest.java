package org.vfrt.xen.disk;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.DiskSnapshotsContract;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShells;

/** Files on a real XFS, on this machine. Thin volumes are met on the lab. */
final class HostDisksTest extends DiskSnapshotsContract {

    /** The least that XFS can be made with. */
    private static final long FILE_SYSTEM_BYTES = 320L << 20;

    @TempDir
    static Path work;

    private static Path mounted;

    private final FakePool pool = new FakePool("xen1");
    private final DiskSnapshots disks =
            new HostDisks(host -> HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty())));

    @BeforeAll
    static void mount() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root mounts file systems");
        Path image = work.resolve("xfs.img");
        mounted = Files.createDirectory(work.resolve("mounted"));
        try (var file = Files.newByteChannel(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.position(FILE_SYSTEM_BYTES - 1);
            file.write(ByteBuffer.allocate(1));
        }
        run("mkfs.xfs", "-q", "-m", "reflink=1", image.toString());
        run("mount", "-o", "loop", image.toString(), mounted.toString());
    }

    @AfterAll
    static void unmount() throws Exception {
        if (mounted != null) {
            run("umount", mounted.toString());
        }
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + said);
        }
    }

    @BeforeEach
    void clean() throws IOException {
        try (Stream<Path> all = Files.walk(mounted)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(mounted) && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(path);
                }
            }
        }
        disks().forEach(disk -> write(disk.path(), "new"));
    }

    @Override
    protected DiskSnapshots snapshots() {
        return disks;
    }

    @Override
    protected Hypervisor host() {
        return pool.on("xen1");
    }

    @Override
    protected List<Disk> disks() {
        return List.of(
                new Disk("xvda", Disk.Source.FILE, mounted.resolve("web1.img").toString(), "raw", true),
                new Disk("xvdb", Disk.Source.FILE, mounted.resolve("a b'c.img").toString(), "raw", true));
    }

    @Override
    protected void write(String path, String content) {
        try {
            Files.writeString(Path.of(path), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected String read(String path) {
        try {
            return Files.readString(Path.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void lose(String path) {
        try {
            Files.delete(Path.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
