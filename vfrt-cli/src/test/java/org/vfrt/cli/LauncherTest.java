package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/vfrt}, in a tree without libraries, with a java that prints its options. */
final class LauncherTest {

    @TempDir
    private Path tree;

    @BeforeEach
    void aTreeWithTheLauncherAlone() throws IOException {
        Files.createDirectories(tree.resolve("bin"));
        Files.createDirectories(tree.resolve("share/vfrt/lib"));
        Files.createFile(tree.resolve("share/vfrt/lib/vfrt-cli-0.jar"));
        Files.copy(Path.of("..", "scripts", "vfrt"), tree.resolve("bin/vfrt"));
        Path java = Files.writeString(tree.resolve("java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void aQuickVerbStopsAtTheFirstCompilerWhereverOptionsStand() throws Exception {
        for (String command : List.of(
                "checkpoint list",
                "-o json checkpoint list",
                "checkpoint --config list.yaml list",
                "--config=F -q guest --store create list",
                "--help")) {
            assertThat(options(command))
                    .as(command)
                    .contains("-Xmx128m", "-XX:TieredStopAtLevel=1")
                    .doesNotContain("-Xmx512m");
        }
    }

    @Test
    void whatMovesMemoryHasItsHeapAndWithoutLibrariesTheSecondCompilerWhereverOptionsStand() throws Exception {
        for (String command : List.of(
                "checkpoint create list",
                "-o json checkpoint verify --all",
                "--config /dev/null checkpoint create x",
                "checkpoint -v --store list restore x",
                "--insecure migrate guest list")) {
            assertThat(options(command))
                    .as(command)
                    .contains("-Xmx512m")
                    .doesNotContain("-Xmx128m", "-XX:TieredStopAtLevel=1");
        }
    }

    @Test
    void whereTheLibraryForTheWorkOnMemoryIsTheSecondCompilerIsNotWaitedFor() throws Exception {
        for (String machine : List.of("linux-x86-64", "linux-aarch64")) {
            Path directory =
                    Files.createDirectories(tree.resolve("lib/vfrt/native").resolve(machine));
            Files.createFile(directory.resolve("libamazonCorrettoCryptoProvider.so"));
        }
        assertThat(options("checkpoint create x"))
                .contains("-Xmx512m", "-XX:TieredStopAtLevel=1")
                .anyMatch(option -> option.startsWith("-Djava.library.path="));
    }

    private List<String> options(String command) throws Exception {
        List<String> words = new ArrayList<>(List.of(tree.resolve("bin/vfrt").toString()));
        words.add(0, "sh");
        words.addAll(List.of(command.split(" ", -1)));
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().put("VFRT_JAVA", tree.resolve("java").toString());
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed.lines().toList();
    }
}
