package org.vfrt.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Problem;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** The program. */
public final class Main {

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
        Interruption interruption = new Interruption(err, Interruption.GRACE);
        interruption.install();
        int code = run(out, err, new ThisMachine(interruption), args);
        interruption.ended();
        System.exit(code);
    }

    /**
     * Runs one command.
     *
     * @return the exit code
     */
    static int run(PrintWriter out, PrintWriter err, World world, String... args) {
        int code;
        Session session = new Session(out, err, world);
        try {
            code = line(session, out, err, world, args).execute(args);
        } catch (LinkageError e) {
            // A missing native library is thrown as an Error, which picocli lets through.
            code = session.report(Problem.of(e));
        }
        if (out.checkError()) {
            err.println("vfrt: the result could not be written to the standard output");
            code = code == 0 ? ExitCode.FAILED.number() : code;
        }
        err.flush();
        return code;
    }

    private static CommandLine line(Session session, PrintWriter out, PrintWriter err, World world, String... args) {
        CommandLine line = Commands.tree(session, args);
        List<String> words = Arrays.asList(args);
        boolean help = words.contains("-h") || words.contains("--help") || words.contains("help");
        if (help) {
            HelpLayout.install(line);
        }
        boolean colour =
                help && !words.contains("--no-color") && world.terminal().isPresent();
        return line.setOut(out)
                .setErr(err)
                .setColorScheme(CommandLine.Help.defaultColorScheme(colour ? Ansi.AUTO : Ansi.OFF))
                .setCaseInsensitiveEnumValuesAllowed(true)
                // A word that begins with '@' is a word, not a file to read more words from.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(new UsageErrors(session))
                .setExecutionExceptionHandler(new Failures(session))
                .setExecutionStrategy(new Last(session));
    }

    // These two are no lambdas: the class archive leaves out picocli's types that a lambda implements, and all below
    // them.

    private static final class Failures implements IExecutionExceptionHandler {

        private final Session session;

        Failures(Session session) {
            this.session = session;
        }

        @Override
        public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
            return session.report(Problem.of(thrown));
        }
    }

    private static final class Last implements IExecutionStrategy {

        private final Session session;

        Last(Session session) {
            this.session = session;
        }

        @Override
        public int execute(ParseResult parsed) {
            session.prepareLog();
            return new RunLast().execute(parsed);
        }
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        // UTF-8 whatever the locale: under cron it is often C.
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), false);
    }
}
