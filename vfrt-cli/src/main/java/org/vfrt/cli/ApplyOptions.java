package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.migrate.ApplyPlan;
import org.vfrt.core.migrate.CheckMoves;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PlannedMove;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a plan of migrations is applied. */
final class ApplyOptions {

    @Option(
            names = "--max-pause",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "Move no guest at all when one of them would probably stand still for longer, for example 2s.")
    private @Nullable Duration maxPause;

    @Option(
            names = "--shared-disks",
            paramLabel = "GUEST",
            description = "The name of a guest, typed out by someone who knows that its writable disks are the same on"
                    + " both hosts; may be given several times.")
    private List<String> sharedDisks = new ArrayList<>();

    @Mixin
    private LockWait lockWait = new LockWait();

    /** Returns what was said about the moves, for those who ask whether they would be refused. */
    CheckMoves.Terms terms() {
        return new CheckMoves.Terms(Set.copyOf(sharedDisks), lockWait.duration());
    }

    /**
     * Makes sure that every guest of which disks are said to be shared is there. A guest that does not move today is no mistake, in a script; one that
     * does not exist is. On a silent host it may.
     *
     * @throws NotFound when there is none of a name that was typed out
     */
    void demandGuests(PoolLoad pool) {
        Set<String> guests = pool.guests().stream().map(GuestLoad::name).collect(Collectors.toSet());
        demandGuests(guests, pool.hosts().stream().noneMatch(host -> host.state() == HostLoad.State.UNKNOWN));
    }

    /** The same, of a plan that is made already. */
    void demandGuests(PlanDocument plan) {
        Set<String> guests =
                plan.hosts().stream().flatMap(host -> host.guests().stream()).collect(Collectors.toSet());
        demandGuests(guests, plan.hosts().stream().noneMatch(host -> host.state() == HostLoad.State.UNKNOWN));
    }

    private void demandGuests(Set<String> guests, boolean allKnown) {
        sharedDisks.stream()
                .filter(name -> allKnown && !guests.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new NotFound(
                            "no-such-guest",
                            "'--shared-disks' names guest '" + name + "', and no guest of that name runs in the pool",
                            "List the guests with 'vfrt guest list'.");
                });
    }

    /** Applies a plan with {@linkplain #demandPauses pauses} that are short enough; what becomes of each move is in the order of the plan. */
    List<ApplyPlan.Step> run(Session session, PlanDocument plan, Guards guards, String subject) {
        if (plan.moves().isEmpty()) {
            return List.of();
        }
        if (session.watched()) {
            session.note(plan.moves().size() + " move(s) in " + plan.waves().size() + " wave(s)");
            plan.moves().forEach(move -> session.note(sentence(move)));
        }
        Operations operations = session.operations();
        return session.watching(
                subject,
                progress -> new ApplyPlan(
                                () -> operations.observePool().load(),
                                (move, at) -> operations.migrateGuest(request(move), outcome -> {}, at),
                                guards)
                        .run(plan, session.interruption()::requested, move -> {}, progress));
    }

    /**
     * Makes sure that no pause would be too long: whether the plan is applied now, or looked at for now.
     *
     * @throws Refused when one would
     */
    void demandPauses(PlanDocument plan) {
        Optional<Duration> most = Optional.ofNullable(maxPause);
        List<Reason> reasons = plan.moves().stream()
                .filter(move -> most.filter(limit -> move.predictedPause().compareTo(limit) > 0)
                        .isPresent())
                .map(move -> new Reason(
                        "pause-too-long",
                        "guest '" + move.move().guest() + "' would probably stand still for "
                                + Amounts.duration(move.predictedPause()),
                        ""))
                .toList();
        if (!reasons.isEmpty()) {
            throw new Refused(
                    "no guest is moved: more than " + Amounts.duration(most.orElseThrow()) + " of pause is not allowed",
                    reasons);
        }
    }

    private MigrateGuest.Request request(Move move) {
        return new MigrateGuest.Request(
                move.guest(),
                Optional.of(move.from()),
                Optional.of(move.to()),
                Method.LIVE,
                Optional.ofNullable(maxPause),
                MigrateGuest.Rules.PLANNED,
                sharedDisks.stream().filter(move.guest()::equals).findFirst(),
                false,
                lockWait.duration());
    }

    private static String sentence(PlannedMove move) {
        return "guest '" + move.move().guest() + "' goes from '" + move.move().from() + "' to '"
                + move.move().to() + "': predicted "
                + PlanReport.predicted(
                        Amounts.duration(move.predicted()) + ", pause " + Amounts.duration(move.predictedPause()),
                        move.learnedFrom())
                + ": " + move.reason();
    }
}
