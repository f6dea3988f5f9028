package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.migrate.ApplyPlan;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PlannedMove;
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

    /**
     * Makes sure that nothing in these options forbids the plan: whether it is applied now, or looked at for now, what would be refused is refused.
     *
     * @throws Refused when a pause would be too long
     * @throws NotFound when there is no guest of a name that was typed out
     */
    void demandFit(PlanDocument plan) {
        refuseUnknownGuests(plan);
        refuseLongPauses(plan);
    }

    /** Applies a plan that {@linkplain #demandFit fits}; what becomes of each move is in the order of the plan. */
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

    /** A guest that does not move today is no mistake, in a script; one that does not exist is. On a silent host it may. */
    private void refuseUnknownGuests(PlanDocument plan) {
        boolean allKnown = plan.hosts().stream().noneMatch(host -> host.state() == HostLoad.State.UNKNOWN);
        sharedDisks.stream()
                .filter(name -> allKnown
                        && plan.hosts().stream().noneMatch(host -> host.guests().contains(name)))
                .findFirst()
                .ifPresent(name -> {
                    throw new NotFound(
                            "no-such-guest",
                            "'--shared-disks' names guest '" + name + "', and no guest of that name runs in the pool",
                            "List the guests with 'vfrt guest list'.");
                });
    }

    private void refuseLongPauses(PlanDocument plan) {
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

    /** Rules are those of the plan, which was checked by them as a whole: the reserve for a host that dies is not kept by each move alone. */
    private MigrateGuest.Request request(Move move) {
        return new MigrateGuest.Request(
                move.guest(),
                Optional.of(move.from()),
                Optional.of(move.to()),
                Method.LIVE,
                Optional.ofNullable(maxPause),
                true,
                sharedDisks.stream().filter(move.guest()::equals).findFirst(),
                false,
                lockWait.duration());
    }

    private static String sentence(PlannedMove move) {
        return "guest '" + move.move().guest() + "' goes from '" + move.move().from() + "' to '"
                + move.move().to() + "': predicted " + Amounts.duration(move.predicted()) + ", pause "
                + Amounts.duration(move.predictedPause()) + " (" + move.reason() + ")";
    }
}
