package org.vfrt.core.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.MemoryRegister;
import org.vfrt.core.claim.Place;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.EvidenceRecords;

/** What must never be so, asked after every event, of the pool as it really is and not as anybody believes it. */
final class Checks {

    private final SimulatedPool pool;
    private final MemoryRegister register;
    private final EvidenceRecords evidence;
    private final Map<UUID, Long> epochs = new HashMap<>();
    private final List<Simulate.BrokenRule> broken = new ArrayList<>();

    Checks(SimulatedPool pool, MemoryRegister register) {
        this.pool = pool;
        this.register = register;
        this.evidence = new EvidenceRecords(register, Set.of(Evidence.Kind.values()));
    }

    List<Simulate.BrokenRule> broken() {
        return broken;
    }

    void add(Simulate.Rule rule, String what) {
        broken.add(new Simulate.BrokenRule(rule, pool.time().elapsed(), what));
        pool.log("BROKEN", rule.text() + ": " + what);
    }

    /** A guest began to run somewhere. */
    void runs(UUID guest) {
        List<String> on = pool.hosts().stream()
                .filter(host -> host.isRunning(guest))
                .map(host -> host.name)
                .toList();
        if (on.size() > 1) {
            add(
                    Simulate.Rule.DOUBLE_START,
                    "guest '" + pool.guest(guest).name + "' runs on " + String.join(" and ", on));
        }
    }

    /** A controller has a host start a guest. */
    void starts(UUID guest, Place place, long epoch) {
        Optional<Claim> claim = new Claims(register).read(guest).map(Claims.Known::claim);
        boolean claimed = claim.filter(
                        there -> there.epoch() == epoch && there.places().contains(place))
                .isPresent();
        if (!claimed) {
            add(
                    Simulate.Rule.ILLEGAL_ACTIVATION,
                    "guest '" + pool.guest(guest).name + "' is started on " + place + " with epoch " + epoch
                            + ", and its claim is "
                            + claim.map(Checks::text).orElse("not there"));
        }
    }

    /** A host guards a guest no more. */
    void unguards(UUID guest, String host) {
        new Claims(register)
                .read(guest)
                .map(Claims.Known::claim)
                .filter(claim -> claim.names(host))
                .ifPresent(claim -> add(
                        Simulate.Rule.ILLEGAL_ACTIVATION,
                        host + " guards '" + claim.name() + "' no more, and its claim is " + text(claim)));
    }

    /** A claim is about to be written. */
    void changes(Optional<Claim> before, Claim next) {
        long highest = epochs.getOrDefault(next.guest(), 0L);
        boolean widened = before.isEmpty() || !before.get().places().containsAll(next.places());
        if (next.epoch() < highest || (widened && next.epoch() <= highest)) {
            add(Simulate.Rule.EPOCH, "after epoch " + highest + " of guest '" + next.name() + "' comes " + text(next));
        }
        epochs.merge(next.guest(), next.epoch(), Math::max);
        if (before.isEmpty() || next.phase() == Claim.Phase.RELEASED) {
            return;
        }
        for (Place place : before.get().places()) {
            if (!next.places().contains(place)) {
                leaves(before.get(), place, next);
            }
        }
    }

    private void leaves(Claim before, Place place, Claim next) {
        if (evidence.ofLeaving(place, before.guest(), before.epoch() + 1).isEmpty()) {
            add(
                    Simulate.Rule.ILLEGAL_ACTIVATION,
                    "there is no evidence about " + place + ", and the claim of '" + next.name() + "' becomes "
                            + text(next));
            return;
        }
        SimulatedHost host = pool.host(place.host());
        if (!host.up || !host.boot().equals(place.boot())) {
            return;
        }
        SimulatedHost.Guard guard = host.guards.get(before.guest());
        boolean letGo = !host.isActive(before.guest())
                && !host.starting.containsKey(before.guest())
                && guard != null
                && guard.permit == 0
                && guard.highest > before.epoch();
        if (!letGo) {
            add(
                    Simulate.Rule.ILLEGAL_ACTIVATION,
                    "the evidence about " + place + " is false: it is alive and can run '" + next.name() + "'");
        }
    }

    private static String text(Claim claim) {
        return claim.phase().name().toLowerCase(Locale.ROOT) + " by " + claim.at()
                + claim.to().map(to -> " and " + to).orElse("") + ", epoch " + claim.epoch();
    }
}
