package org.vfrt.core.disk;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Hypervisor;

/** The fake keeps what the real ones promise. */
final class FakeDisksTest extends SnapshotContentsContract {

    private final FakePool pool = new FakePool("xen1");
    private final FakeDisks disks = new FakeDisks();

    @BeforeEach
    void make() {
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
                new Disk("xvda", Disk.Source.FILE, "/images/a.img", "raw", true),
                new Disk("xvdb", Disk.Source.FILE, "/images/b.img", "raw", true));
    }

    @Override
    protected void write(String path, String content) {
        disks.write("xen1", path, content);
    }

    @Override
    protected String read(String path) {
        return disks.read("xen1", path).orElseThrow();
    }

    @Override
    protected void lose(String path) {
        disks.lose("xen1", path);
    }
}
