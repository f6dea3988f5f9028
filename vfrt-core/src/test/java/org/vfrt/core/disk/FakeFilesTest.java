package org.vfrt.core.disk;

import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Hypervisor;

final class FakeFilesTest extends SnapshotFilesContract {

    private final FakePool pool = new FakePool("xen1");
    private final FakeFiles files = new FakeFiles();

    @Override
    protected SnapshotFiles files() {
        return files;
    }

    @Override
    protected Hypervisor host() {
        return pool.on("xen1");
    }

    @Override
    protected PairedDisk disk() {
        files.put("snapshot", "/etc/motd", "hello");
        files.put("snapshot", "/srv/data/a", "A");
        files.put("snapshot", "/srv/data/b", "B");
        return FakeFiles.disk("snapshot");
    }

    @Override
    protected void lose(PairedDisk disk) {
        files.lose(disk.snapshot());
    }
}
