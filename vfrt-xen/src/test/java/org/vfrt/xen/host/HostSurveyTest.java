package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostSurveyTest {

    @TempDir
    private Path directory;

    private static HostSurvey survey(Set<String> paths) {
        try (HostShell shell = new LocalShell("here")) {
            return HostSurvey.ask(shell, paths);
        }
    }

    @Test
    void onlyPathsThatExistAreFoundWhateverTheirNames() throws IOException {
        Path odd = Files.createFile(directory.resolve("a b\n-c $(x).img"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
        Set<String> asked = Set.of(
                odd.toString(), link.toString(), directory.resolve("none").toString(), "-delete", "relative");
        assertThat(survey(asked).paths()).containsExactly(odd.toString());
    }

    @Test
    void morePathsAreAskedForThanOneCommandTakes() {
        Set<String> asked = new TreeSet<>(Set.of("/", "/proc", "/sys"));
        for (int i = 0; i < 1_000; i++) {
            asked.add(directory.resolve("none" + i).toString());
        }
        assertThat(survey(asked).paths()).containsExactlyInAnyOrder("/", "/proc", "/sys");
    }

    @Test
    void aMachineIsTheSameEachTimeItIsAsked() {
        assertThat(survey(Set.of()).machine())
                .isPresent()
                .isEqualTo(survey(Set.of("/")).machine());
    }

    @Test
    void aMachineWithoutBridgesAndXenHasNone() {
        HostSurvey survey = survey(Set.of());
        assertThat(survey.bridges()).doesNotContain("lo").doesNotContain("");
        assertThat(survey.cpuFeatures()).isEmpty();
    }
}
