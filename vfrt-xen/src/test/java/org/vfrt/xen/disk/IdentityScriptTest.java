package org.vfrt.xen.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.xen.host.PlayedHost;

/** What tells a disk from every other, on a host whose tools are played by bash functions. */
final class IdentityScriptTest {

    /** A path below {@code $WORLD/dev} is a device of that name; what the kernel says of it is below {@code $WORLD/sys}. */
    private static final Map<String, String> TOOLS = Map.of(
            "[",
            "() { if test \"$1\" = -b; then case $2 in */dev/*) return 0 ;; *) return 1 ;; esac; fi; test \"${@:1:$#-1}\"; }",
            "lsblk",
            "() { case $2 in WWN) cat \"$WORLD/wwn\" ;; SERIAL) cat \"$WORLD/serial\" ;; VENDOR) echo ATA ;; MODEL) cat \"$WORLD/model\" ;; esac 2>/dev/null; }",
            "ls",
            "() { local path=$1; case $path in /sys/*) path=$WORLD$path ;; esac; command ls \"$path\"; }",
            "cat",
            "() { local path=$1; case $path in /sys/*) path=$WORLD$path ;; esac; command cat \"$path\"; }",
            "findmnt",
            "() { case $2 in FSTYPE,SOURCE) echo \"$(<\"$WORLD/filesystem\")\" ;; UUID) echo 0d6f-9d9f ;; esac; }");

    @TempDir
    private Path world;

    private Path has(String path, String text) throws IOException {
        Path file = world.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return Files.writeString(file, text);
    }

    private List<String> identities(Object... paths) throws Exception {
        Path script = world.resolve("identity.sh");
        try (InputStream source = Objects.requireNonNull(HostDisks.class.getResourceAsStream("identity.sh"))) {
            Files.deleteIfExists(script);
            Files.copy(source, script);
        }
        List<String> words = new ArrayList<>(List.of(script.toString()));
        for (Object path : paths) {
            words.add(path.toString());
        }
        Process bash =
                PlayedHost.bash(world, TOOLS, words.toArray(String[]::new)).start();
        bash.getOutputStream().close();
        List<String> lines = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(bash.waitFor()).isZero();
        return lines;
    }

    @Test
    void aLogicalVolumeIsToldByTheUuidsOfItsGroupAndItsOwn() throws Exception {
        has("sys/block/dm-3/dm/uuid", "LVM-abc\n");
        assertThat(identities(has("dev/dm-3", ""))).containsExactly("LVM-abc");
    }

    @Test
    void ofAThinVolumeItIsSaidThatItIsOne() throws Exception {
        has("sys/block/dm-3/dm/uuid", "LVM-abc\n");
        has("sys/block/dm-3/slaves/dm-2/.keep", "");
        has("sys/block/dm-2/dm/uuid", "LVM-pool-tpool\n");
        assertThat(identities(has("dev/dm-3", ""))).containsExactly("thin:LVM-abc");
        has("sys/block/dm-2/dm/uuid", "LVM-other\n");
        assertThat(identities(has("dev/dm-3", ""))).containsExactly("LVM-abc");
    }

    @Test
    void aPathThatLeadsToADeviceIsThatDevice() throws Exception {
        has("sys/block/dm-3/dm/uuid", "LVM-abc\n");
        Path link = Files.createSymbolicLink(world.resolve("web1"), has("dev/dm-3", ""));
        assertThat(identities(link)).containsExactly("LVM-abc");
    }

    @Test
    void aDiskIsToldByItsWorldWideNameAndThePartitionOfIt() throws Exception {
        has("wwn", "0x5000c500a1b2c3d4\n");
        assertThat(identities(has("dev/sda", ""))).containsExactly("disk:0x5000c500a1b2c3d4:");
        has("sys/class/block/sda2/partition", "2\n");
        assertThat(identities(has("dev/sda2", ""))).containsExactly("disk:0x5000c500a1b2c3d4:2");
    }

    @Test
    void aDiskWithoutAWorldWideNameIsToldByWhatItIsAndItsSerialNumber() throws Exception {
        has("wwn", "  \n");
        has("serial", "WD-42\n");
        has("model", "WDC 40\n");
        assertThat(identities(has("dev/sda", ""))).containsExactly("disk:ATA/WDC40/WD-42:");
    }

    /** Emulated disks of all hosts begin to count at the same number. */
    @Test
    void aDiskOfANumberThatManyHaveIsNotTaken() throws Exception {
        has("wwn", "\n");
        has("model", "QEMU HARDDISK\n");
        for (String serial : List.of("QM00001", "0", "00000000", "123456789")) {
            has("serial", serial + "\n");
            assertThat(identities(has("dev/sda", ""))).containsExactly("-");
        }
    }

    @Test
    void aDiskThatSaysNothingOfItselfIsNotTaken() throws Exception {
        has("wwn", "\n");
        has("serial", "\n");
        assertThat(identities(has("dev/loop0", ""))).containsExactly("-");
    }

    @Test
    void anImageOfCephIsToldByItsClusterPoolAndName() throws Exception {
        has("sys/block/rbd0/device/cluster_fsid", "c1\n");
        has("sys/block/rbd0/device/pool", "guests\n");
        has("sys/block/rbd0/device/pool_ns", "\n");
        has("sys/block/rbd0/device/name", "web1\n");
        has("sys/block/rbd0/device/current_snap", "-\n");
        assertThat(identities(has("dev/rbd0", ""))).containsExactly("rbd:c1/guests//web1@-");
    }

    @Test
    void aReplicatedDeviceIsNotTakenForItsOtherEndBecauseOfItsNumber() throws Exception {
        assertThat(identities(has("dev/drbd0", ""))).containsExactly("-");
    }

    @Test
    void aFileOfASharedFilesystemIsToldByThatAndItsInode() throws Exception {
        has("filesystem", "nfs4 nas:/guests");
        Path file = has("web1.img", "");
        assertThat(identities(file)).containsExactly("nfs4:nas:/guests:" + Files.getAttribute(file, "unix:ino"));
        has("filesystem", "ocfs2 /dev/dm-3");
        assertThat(identities(file)).containsExactly("ocfs2:0d6f-9d9f:" + Files.getAttribute(file, "unix:ino"));
    }

    @Test
    void aFileOfTheHostsOwnFilesystemIsNotTaken() throws Exception {
        has("filesystem", "ext4 /dev/sda1");
        assertThat(identities(has("web1.img", ""))).containsExactly("-");
    }

    @Test
    void everyPathHasItsLineAlsoWhereNothingIs() throws Exception {
        has("sys/block/dm-3/dm/uuid", "LVM-abc\n");
        assertThat(identities("/nowhere/at/all", has("dev/dm-3", ""), world, "-rf"))
                .containsExactly("-", "LVM-abc", "-", "-");
    }

    @Test
    void aDeviceThatTheKernelSaysNothingOfIsNotTaken() throws Exception {
        assertThat(identities(has("dev/rbd1", ""), has("dev/rbd0p1", ""), has("dev/dm-9", "")))
                .containsExactly("-", "-", "-");
    }
}
