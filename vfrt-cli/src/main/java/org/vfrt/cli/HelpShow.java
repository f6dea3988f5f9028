package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vfrt help}. picocli's own command would clash with the {@code -h} that every command has. */
@Command(description = "Show the help of a command: 'vfrt help checkpoint create'.")
final class HelpShow implements Callable<Integer> {

    @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "The command's words.")
    private List<String> words = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        CommandLine line = spec.root().commandLine();
        for (String word : words) {
            CommandLine next = line.getSubcommands().get(word);
            if (next == null) {
                throw new ParameterException(
                        line,
                        "there is no command '" + line.getCommandSpec().qualifiedName() + " " + word + "'",
                        null,
                        word);
            }
            line = next;
        }
        line.usage(line.getOut());
        return ExitCode.DONE.number();
    }
}
