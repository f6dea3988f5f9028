package org.vfrt.xen.disk;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

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
}
