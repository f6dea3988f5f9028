package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.standby.KeepLeases;
import org.vfrt.core.standby.RunStandby;
import org.vfrt.core.standby.StandbyReport;
import org.vfrt.core.standby.StandbyWorld;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt standby run}: the one process that keeps all protections. */
@Command(
        description =
                "Keep all protections: take the copies that are due, go on with what was left unfinished, and say what is wrong."
                        + " Runs until it is ended; made for a systemd unit. Of several, one works and the others wait.",
        sortOptions = false)
final class StandbyRun implements Callable<Integer> {

    private final Session session;

    @Option(
            names = "--once",
            description = "Do what is due now, wait until that is over, and end; for cron. Renews no lease.")
    private boolean once;

    @Option(
            names = "--beat",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "How long to rest between two rounds; the default is 2s.")
    private Duration beat = Duration.ofSeconds(2);

    StandbyRun(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (beat.isZero()) {
            throw new BadInput("bad-beat", "'--beat' is zero", "Say for example 2s.");
        }
        Set<String> known = new LinkedHashSet<>();
        session.interruption().shelter("standby run", () -> rounds(known));
        return known.isEmpty() || !once ? ExitCode.DONE.number() : ExitCode.PARTLY_FAILED.number();
    }

    /** An alarm is said when it begins, and not again before it was over. */
    private void rounds(Set<String> known) {
        StandbyWorld world = session.operations().standby();
        Optional<KeepLeases> leases =
                once ? Optional.empty() : session.operations().leases();
        // First of all: what has to be settled may take longer than a host lives that nobody renews the lease of.
        leases.ifPresent(kept -> kept.start(session.interruption()::requested));
        try {
            session.settle();
            rounds(world, leases, known);
        } finally {
            leases.ifPresent(kept -> kept.end().forEach(session::warn));
        }
    }

    private void rounds(StandbyWorld world, Optional<KeepLeases> leases, Set<String> known) {
        boolean busy = true;
        try (RunStandby controller = new RunStandby(world, session.operations().controllerName(), !once)) {
            String leader = "";
            while (!session.interruption().requested() && (!once || busy)) {
                StandbyReport report;
                try {
                    report = once && controller.capturing() ? controller.look() : controller.round();
                } catch (Failure e) {
                    // What is wrong from the beginning is told at once; what comes later must not end the protection of
                    // all guests.
                    if (leader.isEmpty() && !(e instanceof Temporary)) {
                        throw e;
                    }
                    report = new StandbyReport(
                            true, leader, List.of(), List.of(new Reason(e.code(), e.getMessage(), e.hint())));
                }
                if (!report.leads() && !report.leader().equals(leader)) {
                    say("'" + report.leader() + "' keeps the protections; this one waits");
                }
                leader = report.leader();
                report.done().forEach(this::say);
                List<Reason> alarms = new ArrayList<>(report.alarms());
                leases.ifPresent(kept -> alarms.addAll(kept.alarms()));
                tell(alarms, known);
                busy = controller.capturing();
                if (busy || !once) {
                    rest(world);
                }
            }
        }
    }

    private void tell(List<Reason> alarms, Set<String> known) {
        Set<String> now = new LinkedHashSet<>();
        for (Reason alarm : alarms) {
            String kind = kind(alarm);
            if (now.add(kind) && !known.contains(kind)) {
                session.warn(alarm);
            }
        }
        known.stream()
                .filter(was -> !now.contains(was))
                .forEach(was -> say("over: " + was.substring(was.indexOf(' ') + 1)));
        known.clear();
        known.addAll(now);
    }

    /** The same alarm with another age in it is the same alarm. */
    private static String kind(Reason alarm) {
        return alarm.code() + " " + alarm.text().replaceAll("[0-9]+", "#");
    }

    private void say(String sentence) {
        session.note(sentence);
    }

    private void rest(StandbyWorld world) {
        try {
            Duration end = world.ticker().elapsed().plus(beat);
            while (!session.interruption().requested()
                    && world.ticker().elapsed().compareTo(end) < 0) {
                world.ticker().sleep(Duration.ofMillis(100));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
