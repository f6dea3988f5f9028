package org.vfrt.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.vfrt.cli.output.Problem;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Answers wrong usage with one sentence, the nearest right words, and where the help is. */
final class UsageErrors implements IParameterExceptionHandler {

    /** picocli shows an enum's constants as they are written in Java. */
    private static final Pattern CHOICE = Pattern.compile("expected one of \\[(.*)\\] \\(case-insensitive\\)");

    private final Session session;

    UsageErrors(Session session) {
        this.session = session;
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        String hint = suggestion(e, args) + "Try '" + line.getCommandSpec().qualifiedName() + " --help'.";
        Problem problem = Problem.usage("wrong-usage", message(e, line), hint);
        // The format may come behind the mistake, where the parser never got to.
        return askedForJson(args) ? session.reportJson(problem) : session.report(problem);
    }

    private static String message(ParameterException e, CommandLine line) {
        if (!line.getSubcommands().isEmpty()) {
            String words = line.getCommandSpec().qualifiedName();
            if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
                return "there is no command '" + words + " "
                        + unmatched.getUnmatched().get(0) + "'";
            }
            if (!(e instanceof UnmatchedArgumentException) && e.getArgSpec() == null && e.getValue() == null) {
                return "'" + words + "' is not a whole command: "
                        + String.join(", ", line.getSubcommands().keySet());
            }
        }
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            return "'" + unmatched.getUnmatched().get(0) + "' is one argument too many";
        }
        String text = CHOICE.matcher(String.valueOf(e.getMessage()))
                .replaceFirst(choice ->
                        "expected " + choice.group(1).toLowerCase(Locale.ROOT).replace(", ", " or "))
                .replaceFirst("is not an? (int|long)$", "is not a whole number, or too large");
        return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    private static String suggestion(ParameterException e, String[] args) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            List<String> near = unmatched.getSuggestions().stream()
                    .map(words -> words.substring(words.lastIndexOf(' ') + 1))
                    .limit(3)
                    .toList();
            if (!near.isEmpty()) {
                return "Did you mean '" + String.join("' or '", near) + "'? ";
            }
        }
        return namesWithDash(e.getCommandLine().getCommandSpec(), args)
                ? "A name that begins with '-' is typed behind '--'. "
                : "";
    }

    /** A guest may be called that, and the parser takes it for an option. */
    private static boolean namesWithDash(CommandSpec spec, String[] args) {
        return !spec.positionalParameters().isEmpty()
                && Arrays.stream(args)
                        .takeWhile(arg -> !arg.equals("--"))
                        .filter(arg -> arg.startsWith("-") && !arg.startsWith("--"))
                        .anyMatch(arg -> spec.findOption(arg.substring(0, Math.min(2, arg.length()))) == null);
    }

    private static boolean askedForJson(String[] args) {
        for (int i = 0; i < args.length; i++) {
            String value = args[i].equals("-o") || args[i].equals("--output")
                    ? i + 1 < args.length ? args[i + 1] : ""
                    : args[i].startsWith("-o")
                            ? args[i].substring(2).replaceFirst("^=", "")
                            : args[i].startsWith("--output=") ? args[i].substring("--output=".length()) : "";
            if (value.equalsIgnoreCase("json")) {
                return true;
            }
        }
        return false;
    }
}
