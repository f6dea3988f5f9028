package org.vfrt.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.ProgressLine;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** One run of vfrt: the options that every command has, and where results, notes and failures go. */
@Command(
        name = "vfrt",
        description = "Checkpoints and restores running Xen guests through libvirt.",
        sortOptions = false)
final class Session {

    /** How results are printed. */
    enum Format {
        TABLE,
        JSON
    }

    private final List<Reason> unsettled = new ArrayList<>();
    private final Set<String> noted = new HashSet<>();
    private final PrintWriter out;
    private final PrintWriter err;
    private final World world;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            scope = ScopeType.INHERIT,
            order = 100,
            description = "How results are printed; the default is a table.")
    private Format format = Format.TABLE;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            order = 101,
            description = "Read this configuration file instead of the usual ones.")
    private @Nullable Path config;

    @Option(
            names = "--connect",
            paramLabel = "URI",
            scope = ScopeType.INHERIT,
            order = 102,
            description = "Work with the one host behind this libvirt URI instead of the configured ones.")
    private @Nullable String connect;

    @Option(
            names = "--store",
            paramLabel = "STORE",
            scope = ScopeType.INHERIT,
            order = 103,
            description = "Keep checkpoints in this directory or bucket instead of the configured one.")
    private @Nullable String store;

    @Option(
            names = "--insecure",
            scope = ScopeType.INHERIT,
            order = 104,
            description = "Allow transports that cross the network in clear.")
    private boolean insecure;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            order = 105,
            description = "Say more on stderr, with stack traces; twice for everything.")
    private boolean[] verbose = new boolean[0];

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            order = 106,
            description = "Print results and failures only: no notes, no progress.")
    private boolean quiet;

    @Option(
            names = "--no-color",
            scope = ScopeType.INHERIT,
            order = 107,
            description = "Use no colour. NO_COLOR in the environment does the same.")
    @SuppressWarnings("UnusedVariable") // Main looks for it before anything is parsed
    private boolean noColor;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            order = 108,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on the annotation
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            order = 109,
            description = "Show which vfrt this is.")
    @SuppressWarnings("UnusedVariable") // picocli acts on the annotation
    private boolean version;

    private @Nullable Operations operations;

    Session(PrintWriter out, PrintWriter err, World world) {
        this.out = out;
        this.err = err;
        this.world = world;
    }

    /** Returns what the commands call. */
    Operations operations() {
        if (operations == null) {
            if (store != null && store.isEmpty()) {
                throw new BadInput(
                        "empty-store",
                        "'--store' is empty, which would be the current directory",
                        "Name a directory; a variable in a script may be unset.");
            }
            operations = world.operations(new Settings(
                    Optional.ofNullable(config),
                    Optional.ofNullable(connect),
                    Optional.ofNullable(store).map(StoreLocation::parse),
                    insecure));
        }
        return operations;
    }

    /** Hands the wish for more words to the log, which reads it when the first line is logged: quick commands never do. */
    void prepareLog() {
        if (verbose.length > 0) {
            System.setProperty(StderrLog.LEVEL_PROPERTY, verbose.length > 1 ? "DEBUG" : "INFO");
        }
    }

    Interruption interruption() {
        return world.interruption();
    }

    boolean json() {
        return format == Format.JSON;
    }

    /** Prints the result, in the form that was asked for. */
    void print(Consumer<Json> json, Consumer<PrintWriter> text) {
        if (json()) {
            Json.print(out, json);
        } else {
            text.accept(out);
        }
    }

    /** Tells a person on stderr something that is in the JSON document, or of no use to scripts. */
    void note(String sentence) {
        if (!quiet && !json()) {
            err.println("vfrt: " + sentence);
            err.flush();
        }
    }

    /** Not a note that {@code -q} could hide: somebody has to act. */
    void warn(Reason reason) {
        if (!json()) {
            err.println("vfrt: " + reason.text());
            if (!reason.hint().isEmpty()) {
                err.println("HINT: " + reason.hint());
            }
            err.flush();
        }
    }

    /** Returns what {@link #settle} could not settle. */
    List<Reason> unsettled() {
        return unsettled;
    }

    /** Each once: what a plan notes its moves note again. */
    void notes(List<String> sentences) {
        sentences.stream().filter(noted::add).forEach(this::note);
    }

    /**
     * Settles what commands that died left behind. Also before a dry run, which would else look at a guest in the middle of
     * something.
     */
    List<String> settle() {
        SettleUnfinished.Settlement settlement = operations().settleUnfinished();
        notes(settlement.sentences());
        settlement.left().forEach(this::warn);
        unsettled.addAll(settlement.left());
        return settlement.sentences();
    }

    /** Shows a problem on stderr and returns the code to end with. */
    int report(Problem problem) {
        if (json()) {
            return reportJson(problem);
        }
        out.flush();
        notes(problem.notes());
        problem.printText(err, verbose.length > 0);
        err.flush();
        return problem.exitCode().number();
    }

    /** Shows a problem as JSON, whatever was parsed. */
    int reportJson(Problem problem) {
        out.flush();
        problem.printJson(err);
        err.flush();
        return problem.exitCode().number();
    }

    /** Ends a command over several things: with 0 when nothing failed. */
    int end(int things, List<Failure> failures, String message) {
        return failures.isEmpty() ? ExitCode.DONE.number() : report(Problem.among(things, failures, message));
    }

    /** Returns whether only failures are wanted, by a command whose results nobody waits for. */
    boolean quiet() {
        return quiet;
    }

    /** Returns whether a person watches who can be told before something begins. */
    boolean watched() {
        return !quiet && world.terminal().isPresent();
    }

    /** Runs work and shows how far it is, where somebody watches. */
    void progress(String subject, Consumer<Progress> work) {
        watching(subject, progress -> {
            work.accept(progress);
            return progress;
        });
    }

    /** Runs work, shows how far it is, where somebody watches, and returns what came of it. */
    <T> T watching(String subject, Function<Progress, T> work) {
        if (!watched()) {
            return work.apply(Progress.NONE);
        }
        try (ProgressLine line = new ProgressLine(err, subject)) {
            return work.apply(line);
        }
    }

    /**
     * Asks before something that cannot be taken back.
     *
     * @throws BadInput when nobody can be asked
     * @throws Failed when the answer was no
     */
    void confirm(boolean yes, String question) {
        if (yes) {
            return;
        }
        Terminal terminal = world.terminal()
                .orElseThrow(() -> new BadInput(
                        "needs-yes",
                        "this asks before it acts, and there is no terminal to ask on",
                        "Say '--yes' to go ahead without being asked."));
        if (!terminal.confirm(question)) {
            throw new Failed("not-confirmed", "nothing was done, because the answer was not yes", "");
        }
    }
}
