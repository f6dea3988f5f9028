package org.vfrt.core.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Plays every folder of {@code src-test-fixtures/scenarios} and compares what happened with its {@code log.expect}, line by line. {@code -Dvfrt.rewrite=true} writes what happened into
 * the files, for a look at the difference.
 */
final class ScenarioTest {

    private static final Path SCENARIOS =
            Path.of(Objects.requireNonNull(System.getProperty("vfrt.fixtures")), "scenarios");

    @TestFactory
    List<DynamicTest> everyScenarioGoesAsWritten() throws IOException {
        return folders().stream()
                .map(folder -> DynamicTest.dynamicTest(String.valueOf(folder.getFileName()), () -> play(folder)))
                .toList();
    }

    @Test
    void thereAreAsManyAsThereShouldBe() throws IOException {
        assertThat(folders()).hasSizeGreaterThanOrEqualTo(60);
    }

    private static List<Path> folders() throws IOException {
        try (Stream<Path> all = Files.list(SCENARIOS)) {
            return all.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static void play(Path folder) throws IOException {
        Simulate.Outcome outcome = new Simulate().play(new ReadScenario().read(folder), 0, 0);
        List<String> lines = new ArrayList<>(outcome.log());
        outcome.broken().forEach(broken -> lines.add("broken: " + broken.rule().text()));
        Path expected = folder.resolve("log.expect");
        if (Boolean.getBoolean("vfrt.rewrite")) {
            Files.write(expected, lines);
        }
        assertThat(lines).isEqualTo(Files.readAllLines(expected));
        // Said in the steps where it cannot be otherwise.
        boolean cannotBeKept = Files.readString(folder.resolve("steps.yaml")).contains("# nobody can know");
        assertThat(outcome.broken().isEmpty()).isEqualTo(!cannotBeKept);
    }
}
