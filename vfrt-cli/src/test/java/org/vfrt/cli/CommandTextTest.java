package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs every {@code src-test-fixtures/cli/*.test}: what is typed, and every byte that comes back. The README there explains the
 * format. {@code -Dvfrt.rewrite=true} writes what came back into the files, for a look at the difference.
 */
final class CommandTextTest {

    private static final Path FOLDER = Path.of(Objects.requireNonNull(System.getProperty("vfrt.fixtures")), "cli");

    /** One command of a file: what was typed, in which world, and what is expected. */
    private record Step(String world, String command, List<String> expected) {}

    @TestFactory
    Stream<DynamicContainer> everyCommandAnswersAsWritten() throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(FOLDER)) {
            files = found.filter(path -> path.toString().endsWith(".test"))
                    .sorted()
                    .toList();
        }
        assertThat(files).isNotEmpty();
        List<DynamicContainer> containers = new ArrayList<>();
        for (Path file : files) {
            containers.add(DynamicContainer.dynamicContainer(String.valueOf(file.getFileName()), tests(file)));
        }
        return containers.stream();
    }

    private static List<DynamicTest> tests(Path file) throws IOException {
        if (Boolean.getBoolean("vfrt.rewrite")) {
            rewrite(file);
        }
        return steps(file).stream()
                .map(step -> DynamicTest.dynamicTest(step.world() + ": " + step.command(), () -> check(step)))
                .toList();
    }

    private static void check(Step step) {
        List<String> actual = run(step);
        List<String> expected = step.expected();
        if (!fits(actual, expected)) {
            assertThat(String.join("\n", actual)).isEqualTo(String.join("\n", expected));
        }
    }

    private static boolean fits(List<String> actual, List<String> expected) {
        boolean fits = actual.size() == expected.size();
        for (int i = 0; fits && i < actual.size(); i++) {
            String line = expected.get(i);
            fits = line.endsWith(" (re)")
                    ? actual.get(i).matches(line.substring(0, line.length() - " (re)".length()))
                    : line.equals(actual.get(i));
        }
        return fits;
    }

    private static List<String> run(Step step) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(
                new PrintWriter(out), new PrintWriter(err), FakeWorld.named(step.world()), arguments(step.command()));
        List<String> lines = new ArrayList<>();
        out.toString().lines().filter(line -> !line.isBlank()).forEach(line -> lines.add("  " + line.stripTrailing()));
        err.toString().lines().filter(line -> !line.isBlank()).forEach(line -> lines.add("! " + line.stripTrailing()));
        if (code != 0) {
            lines.add("? " + code);
        }
        return lines;
    }

    private static String[] arguments(String command) {
        String rest = command.substring("vfrt".length()).strip();
        return rest.isEmpty() ? new String[0] : rest.split(" +");
    }

    private static List<Step> steps(Path file) throws IOException {
        List<Step> steps = new ArrayList<>();
        String world = "pool";
        List<String> expected = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("world: ")) {
                world = line.substring("world: ".length());
            } else if (line.startsWith("$ ")) {
                expected = new ArrayList<>();
                steps.add(new Step(world, line.substring(2), expected));
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                expected.add(line);
            }
        }
        return steps;
    }

    /** Leaves alone what fits, for the sake of its regular expressions. */
    private static void rewrite(Path file) throws IOException {
        List<Step> steps = new ArrayList<>(steps(file));
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("$ ")) {
                Step step = steps.remove(0);
                List<String> actual = run(step);
                lines.add(line);
                lines.addAll(fits(actual, step.expected()) ? step.expected() : actual);
            } else if (line.isEmpty() || line.startsWith("#") || line.startsWith("world: ")) {
                lines.add(line);
            }
        }
        Files.write(file, lines);
    }
}
