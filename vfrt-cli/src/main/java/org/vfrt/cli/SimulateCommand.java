package org.vfrt.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.simulate.ReadScenario;
import org.vfrt.core.simulate.RehearsePool;
import org.vfrt.core.simulate.Scenario;
import org.vfrt.core.simulate.Simulate;
import org.vfrt.core.simulate.WriteScenario;
import org.vfrt.core.standby.StandbyStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt simulate}. Asks hosts with {@code --from-pool} only, and changes nothing on any. */
@Command(
        description =
                "Play what happens to a pool that is made up, or to your own, with the engine that works on real ones: the steps of a"
                        + " scenario, or misfortune by chance. Ends with 8 when a rule is broken.",
        sortOptions = false)
final class SimulateCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "SCENARIO",
            arity = "0..1",
            description =
                    "A folder with 'world.yaml' and 'steps.yaml', or one file with both. Left out, pools by chance.")
    private @Nullable Path path;

    @Option(
            names = "--from-pool",
            description =
                    "Play the configured pool as it is, with its protected guests: each host that runs any dies in turn."
                            + " What is changed is only pretended.")
    private boolean fromPool;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Write the scenario made of the pool into this new file, to change it and play it again.")
    private @Nullable Path out;

    @Option(
            names = "--events",
            paramLabel = "N",
            description = "Have so many events by chance, after the steps of the scenario if there is one.")
    private @Nullable Long events;

    @Option(names = "--seed", paramLabel = "S", description = "The same number is the same chance; the default is 1.")
    private @Nullable Long seed;

    @Option(names = "--log", description = "Print what happened by chance as well, line by line.")
    private boolean log;

    SimulateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (path == null && events == null && !fromPool) {
            throw new BadInput(
                    "nothing-to-simulate",
                    "there is neither a scenario nor a number of events",
                    "Name a folder or a file, or say '--from-pool', or '--events 10000'.");
        }
        if (path != null && fromPool) {
            throw new BadInput(
                    "two-pools", "the pool is either that of the scenario or the configured one", "Leave one out.");
        }
        if (out != null && !fromPool) {
            throw new BadInput("nothing-to-write", "'--out' is about '--from-pool', which was not said", "");
        }
        if (events != null && events < 1) {
            throw new BadInput("bad-events", "'--events' is " + events + ", less than one", "");
        }
        Optional<RehearsePool.Rehearsal> rehearsal = fromPool ? Optional.of(ofPool()) : Optional.empty();
        List<String> notes = rehearsal.map(RehearsePool.Rehearsal::notes).orElse(List.of());
        Simulate.Outcome outcome = run(rehearsal
                .map(RehearsePool.Rehearsal::scenario)
                .or(() -> Optional.ofNullable(path).map(there -> new ReadScenario().read(there))));
        session.print(
                json -> json.field("seed", outcome.seed())
                        .field("events", outcome.events())
                        .field("doubleStarts", outcome.count(Simulate.Rule.DOUBLE_START))
                        .field("epochsAgain", outcome.count(Simulate.Rule.EPOCH))
                        .field("illegalActivations", outcome.count(Simulate.Rule.ILLEGAL_ACTIVATION))
                        .field("lostGuests", outcome.count(Simulate.Rule.LOST))
                        .objects(
                                "broken",
                                outcome.broken(),
                                (inner, one) -> inner.field(
                                                "rule", one.rule().name().toLowerCase(Locale.ROOT))
                                        .field("atMillis", one.at())
                                        .field("what", one.what()))
                        .texts("log", outcome.log())
                        .texts("notes", notes),
                out -> {
                    outcome.log().forEach(out::println);
                    table(outcome).print(out);
                });
        if (outcome.broken().isEmpty()) {
            return ExitCode.DONE.number();
        }
        return session.report(Problem.of(new Damaged(
                "rule-broken",
                "the rule '" + outcome.broken().get(0).rule().text() + "' was broken: "
                        + outcome.broken().get(0).what(),
                path == null && !fromPool && !log
                        ? "See how with 'vfrt simulate --log --seed " + outcome.seed() + " --events " + events + "'."
                        : "")));
    }

    private Simulate.Outcome run(Optional<Scenario> scenario) {
        Simulate simulate = new Simulate();
        long chosen = seed == null ? 1 : seed;
        return scenario.map(there -> simulate.play(there, chosen, events == null ? 0 : events))
                .orElseGet(() -> simulate.chance(chosen, events == null ? 0 : events, log));
    }

    private RehearsePool.Rehearsal ofPool() {
        Operations operations = session.operations();
        RehearsePool.Rehearsal rehearsal = new RehearsePool(
                        new StandbyStatus(operations.standby()).run(),
                        operations.observePool().load(),
                        operations.configuration().standby())
                .run();
        if (out != null) {
            new WriteScenario().write(rehearsal.scenario(), out);
        }
        rehearsal.notes().forEach(session::note);
        return rehearsal;
    }

    private static Table table(Simulate.Outcome outcome) {
        Table table = Table.titled("RULE", "BROKEN");
        for (Simulate.Rule rule : Simulate.Rule.values()) {
            table.row(rule.text(), String.valueOf(outcome.count(rule)));
        }
        table.row("events", String.valueOf(outcome.events()));
        return table;
    }
}
