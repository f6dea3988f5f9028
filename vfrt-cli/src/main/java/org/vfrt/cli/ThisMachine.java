package org.vfrt.cli;

import java.io.Console;
import java.util.Locale;
import java.util.Optional;

/** The world of a real process. */
final class ThisMachine implements World {

    private final Interruption interruption;

    ThisMachine(Interruption interruption) {
        this.interruption = interruption;
    }

    @Override
    @SuppressWarnings("SystemConsoleNull") // the build and the launcher hold on to Java 17
    public Optional<Terminal> terminal() {
        Console console = System.console();
        return console == null ? Optional.empty() : Optional.of(question -> confirmed(console, question));
    }

    @Override
    public Operations operations(Settings settings) {
        return new Wiring(settings);
    }

    @Override
    public Interruption interruption() {
        return interruption;
    }

    private static boolean confirmed(Console console, String question) {
        String answer = console.readLine("%s [y/N] ", question);
        return answer != null
                && (answer.strip().equalsIgnoreCase("y")
                        || answer.strip().toLowerCase(Locale.ROOT).equals("yes"));
    }
}
