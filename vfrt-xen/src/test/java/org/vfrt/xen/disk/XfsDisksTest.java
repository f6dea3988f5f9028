package org.vfrt.xen.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.pool.Disk;

/** Files on a real XFS. */
final class XfsDisksTest extends HostDisksContract {

    @TempDir
    static Path work;

    private static @Nullable LoopMount mounted;

    @BeforeAll
    static void mount() throws Exception {
        mounted = LoopMount.xfs(work);
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

    /** Extents of two file systems say nothing of each other: block numbers that are the same are chance. */
    @Test
    void ofAnImageThatMovedToAnotherFileSystemAllIsReadAgain(@TempDir Path elsewhere) throws Exception {
        LoopMount other = LoopMount.xfs(elsewhere);
        try {
            String here = mounted().path().resolve("moving.img").toString();
            write(here, "same");
            PairedDisk before = paired(here, "20261130T000000Z-00000001");
            String there = other.path().resolve("moving.img").toString();
            Files.copy(Path.of(here), Path.of(there));

            PairedDisk after = paired(there, "20261130T010000Z-00000002");

            assertThat(unreadBytes(paired(here, "20261130T020000Z-00000003"), before))
                    .isEqualTo(4096);
            assertThat(unreadBytes(after, before)).isZero();
        } finally {
            other.unmount();
        }
    }

    private PairedDisk paired(String image, String checkpoint) {
        List<SurveyedDisk> surveyed =
                snapshots().survey(host(), List.of(new Disk("xvda", Disk.Source.FILE, image, "raw", true)));
        try (DiskSnapshots.Armed armed =
                snapshots().arm(host(), new SnapshotMark(new UUID(1, 1), checkpoint, new UUID(2, 2)), surveyed)) {
            armed.take();
            return armed.keep().get(0);
        }
    }
}
