package org.vfrt.xen.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotContentsContract;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Reason;
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

    /** The least of an image of that format: version 3, and where the name of a backing file would be. */
    private String survey(byte[] head) throws IOException {
        Path image = mounted().path().resolve("web1.qcow2");
        Files.write(image, Arrays.copyOf(head, 512));
        SurveyedDisk surveyed = disks.survey(
                        host(), List.of(new Disk("xvda", Disk.Source.FILE, image.toString(), "qcow2", true)))
                .get(0);
        assertThat(surveyed.place()).isEmpty();
        Reason why = surveyed.obstacle().orElseThrow();
        assertThat(why.code()).isEqualTo("disk-format");
        return why.text();
    }

    /** The guest would be started on a disk that nothing was done to. */
    @Test
    void aStateIsNotPutWhereTheGuestsPathDoesNotLeadToAnyMore() throws IOException {
        Path one = mounted().path().resolve("one.img");
        Path other = mounted().path().resolve("other.img");
        Path link = mounted().path().resolve("disk.img");
        write(one.toString(), "one");
        write(other.toString(), "other");
        Files.createSymbolicLink(link, one);
        Disk disk = new Disk("xvda", Disk.Source.FILE, link.toString(), "raw", true);
        List<PairedDisk> paired;
        try (DiskSnapshots.Armed armed = disks.arm(
                host(),
                new SnapshotMark(new UUID(1, 1), "20261130T000000Z-00000001", new UUID(2, 2)),
                disks.survey(host(), List.of(disk)))) {
            armed.take();
            paired = armed.keep();
        }
        assertThat(disks.obstacles(host(), paired, true)).isEmpty();
        Files.delete(link);
        Files.createSymbolicLink(link, other);
        assertThat(disks.obstacles(host(), paired, true))
                .extracting(Reason::code)
                .containsExactly("disk-elsewhere");
        assertThat(disks.obstacles(host(), paired, false)).isEmpty();
    }

    @Test
    void ofAnImageThatNobodyCouldFlushNoSnapshotIsTaken() throws IOException {
        assertThat(survey(new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3}))
                .contains("no QEMU of Xen's has it open");
        assertThat(survey(new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1, 0}))
                .contains("with a backing file");
        assertThat(survey("raw".getBytes(StandardCharsets.UTF_8))).contains("is no qcow2 image");
    }
}
