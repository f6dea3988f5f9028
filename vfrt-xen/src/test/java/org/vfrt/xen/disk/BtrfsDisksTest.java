package org.vfrt.xen.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.CopiedDisk;
import org.vfrt.core.disk.PairedDisk;

/** Files on a real btrfs. */
final class BtrfsDisksTest extends HostDisksContract {

    @TempDir
    static Path work;

    private static @Nullable LoopMount mounted;

    @BeforeAll
    static void mount() throws Exception {
        mounted = LoopMount.btrfs(work);
    }

    @AfterAll
    static void unmount() throws Exception {
        if (mounted != null) {
            mounted.unmount();
        }
    }

    @Override
    protected LoopMount mounted() {
        return Objects.requireNonNull(mounted);
    }

    /** As libvirt makes them in its pools. The kernel shares blocks among such files only. */
    @Test
    void aFileThatIsWrittenInPlaceIsOneWithItsSnapshots() throws Exception {
        lose(first());
        Files.createFile(Path.of(first()));
        LoopMount.run("chattr", "+C", first());
        write(first(), "then");
        List<PairedDisk> paired = taken();
        write(first(), "now");
        List<CopiedDisk> copies = snapshots().plannedCopies(paired, "web1-copy");
        snapshots().copy(host(), copies);
        assertThat(read(copies.get(0).path())).isEqualTo("then");
        snapshots().revert(host(), paired, MARK, LATER);
        assertThat(read(first())).isEqualTo("then");
        assertThat(LoopMount.run("lsattr", first())).matches("\\S*C\\S* .*");
    }
}
