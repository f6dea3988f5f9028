package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFilesTest {

    @TempDir
    private Path directory;

    @Test
    void onlyPathsThatExistAreFoundWhateverTheirNames() throws IOException {
        Path odd = Files.createFile(directory.resolve("a b\n-c.img"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
        try (HostShell shell = new LocalShell("here")) {
            assertThat(HostFiles.existing(
                            shell,
                            Set.of(
                                    odd.toString(),
                                    link.toString(),
                                    directory.resolve("none").toString(),
                                    "-delete",
                                    "relative")))
                    .containsExactly(odd.toString());
        }
    }

    @Test
    void aMachineWithoutBridgesHasNone() {
        try (HostShell shell = new LocalShell("here")) {
            assertThat(HostFiles.bridges(shell)).doesNotContain("lo").doesNotContain("");
        }
    }
}
