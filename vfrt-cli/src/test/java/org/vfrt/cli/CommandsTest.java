package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

final class CommandsTest {

    private static Session session() {
        return new Session(
                new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), FakeWorld.named("pool"));
    }

    static Stream<CommandSpec> everyCommand() {
        return withDescendants(Commands.complete(session()));
    }

    static Stream<CommandSpec> everyLeaf() {
        return everyCommand()
                .filter(spec -> spec.parent() != null && spec.parent().parent() != null)
                .filter(spec -> spec.subcommands().isEmpty());
    }

    private static Stream<CommandSpec> withDescendants(CommandLine line) {
        return Stream.concat(
                Stream.of(line.getCommandSpec()),
                line.getSubcommands().values().stream().flatMap(CommandsTest::withDescendants));
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void everyOptionAndParameterIsDescribed(CommandSpec spec) {
        List<ArgSpec> nameless = new ArrayList<>();
        Stream.concat(spec.options().stream(), spec.positionalParameters().stream())
                .filter(arg -> arg.description().length == 0 || arg.description()[0].isBlank())
                .forEach(nameless::add);
        assertThat(nameless).isEmpty();
        assertThat(spec.usageMessage().description()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("everyLeaf")
    void theBranchBuiltForACommandHasTheSameHelpAsTheWholeTree(CommandSpec spec) {
        String[] words = spec.qualifiedName().substring("vfrt ".length()).split(" ");
        CommandLine branch = Commands.tree(session(), words);
        assertThat(withDescendants(branch)).hasSize(words.length + 1);
        assertThat(withDescendants(branch)
                        .map(one -> one.commandLine().getUsageMessage())
                        .reduce((first, last) -> last))
                .contains(spec.commandLine().getUsageMessage());
    }

    @Test
    void everyCommandOfTheDesignIsThere() {
        assertThat(everyLeaf().map(CommandSpec::qualifiedName))
                .containsExactly(
                        "vfrt host list",
                        "vfrt host show",
                        "vfrt host check",
                        "vfrt host failure",
                        "vfrt host setup",
                        "vfrt guest list",
                        "vfrt guest show",
                        "vfrt checkpoint create",
                        "vfrt checkpoint list",
                        "vfrt checkpoint show",
                        "vfrt checkpoint verify",
                        "vfrt checkpoint restore",
                        "vfrt checkpoint recover",
                        "vfrt checkpoint drill",
                        "vfrt checkpoint confirm",
                        "vfrt checkpoint delete",
                        "vfrt checkpoint prune",
                        "vfrt checkpoint run",
                        "vfrt checkpoint export",
                        "vfrt checkpoint import",
                        "vfrt migrate guest",
                        "vfrt migrate host",
                        "vfrt migrate pool",
                        "vfrt migrate repair",
                        "vfrt standby protect",
                        "vfrt standby unprotect",
                        "vfrt standby status",
                        "vfrt standby run",
                        "vfrt standby failover",
                        "vfrt standby failback",
                        "vfrt standby rejoin",
                        "vfrt standby confirm-dead",
                        "vfrt standby disarm",
                        "vfrt standby arm",
                        "vfrt standby fence check",
                        "vfrt standby epochs",
                        "vfrt store init",
                        "vfrt store stat",
                        "vfrt store check",
                        "vfrt store gc",
                        "vfrt store copy",
                        "vfrt store key change",
                        "vfrt config show");
    }
}
