package org.vfrt.xen.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.SnapshotContentsContract;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShells;

/** Files on a real XFS, on this machine. Thin volumes are met on the lab. */
final class HostDisksTest extends SnapshotContentsContract {

    @TempDir
    static Path work;

    private static @Nullable XfsMount xfs;

    private final FakePool pool = new FakePool("xen1");
    private final DiskSnapshots disks =
            new HostDisks(host -> HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty())));

    @BeforeAll
    static void mount() throws Exception {
        xfs = XfsMount.in(work);
    }

    @AfterAll
    static void unmount() throws Exception {
        if (xfs != null) {
            xfs.unmount();
        }
    }

    private static XfsMount xfs() {
        return Objects.requireNonNull(xfs);
    }

    @BeforeEach
    void clean() throws IOException {
        xfs().clear();
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
                new Disk(
                        "xvda",
                        Disk.Source.FILE,
                        xfs().path().resolve("web1.img").toString(),
                        "raw",
                        true),
                new Disk(
                        "xvdb",
                        Disk.Source.FILE,
                        xfs().path().resolve("a b'c.img").toString(),
                        "raw",
                        true));
    }

    @Override
    protected void write(String path, String content) {
        DiskFiles.write(path, content);
    }

    @Override
    protected String read(String path) {
        return DiskFiles.read(path);
    }

    @Override
    protected void lose(String path) {
        DiskFiles.lose(path);
    }
}
