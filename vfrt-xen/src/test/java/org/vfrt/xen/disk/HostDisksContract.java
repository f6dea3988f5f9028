package org.vfrt.xen.disk;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.SnapshotContentsContract;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShells;

/** Files of this machine whose file system is a real one. Thin volumes are met on the lab. */
abstract class HostDisksContract extends SnapshotContentsContract {

    private final FakePool pool = new FakePool("xen1");
    private final DiskSnapshots disks =
            new HostDisks(host -> HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty())));

    /** Returns where the files are. */
    protected abstract LoopMount mounted();

    @BeforeEach
    void clean() throws IOException {
        mounted().clear();
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
                        mounted().path().resolve("web1.img").toString(),
                        "raw",
                        true),
                new Disk(
                        "xvdb",
                        Disk.Source.FILE,
                        mounted().path().resolve("a b'c.img").toString(),
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
