package org.vfrt.core.standby;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;

/**
 * Leads the claim of one guest on, step by step, until it is held where the guest runs. Each step is decided by what the register says at that moment, whoever wrote it: so it does not matter which controller
 * began, where it died, or whether it only slept and goes on as well.
 *
 * <p>What makes that safe is the order. A place leaves the claim only when there is evidence in the register that its boot has ended, or that its host has let go: the permit was withdrawn with the next epoch, and after that the
 * guest was not there. The claim names the new place before the permit is given, the permit is there before the guest is started, and the host is asked for the guest in between.
 */
final class SettleGuest {

    /** Others may work on the same guest, and each step may have been taken already; but not for ever. */
    private static final int STEPS_MAX = 40;

    private static final Duration BEAT = Duration.ofSeconds(1);

    /** The code of a host's libvirt that is at something with the guest: no other controller, and nothing to wait for. */
    private static final String JOB_OF_LIBVIRT = "guest-job";

    private static final Duration SILENCE = Duration.ofMinutes(1);

    private final StandbyWorld world;
    private final Claims claims;
    private final Gates gates;
    private final Ledger ledger;
    private final Starts starts;
    private final Map<String, Duration> silent = new HashMap<>();

    SettleGuest(StandbyWorld world) {
        this.world = world;
        this.claims = new Claims(world.register());
        this.gates = new Gates(world.pool(), world.permits());
        this.ledger = new Ledger(world.register());
        this.starts = new Starts(world);
    }

    /**
     * A guest that runs.
     *
     * @param fresh whether it was started for this; it is not held before {@link #finish}
     */
    record Started(Claims.Known known, boolean fresh) {}

    /**
     * Takes steps until the guest runs, or is held by a host that is not known to be dead.
     *
     * @throws Temporary when a host does not answer that has to be asked
     * @throws Failure when no host takes the guest; the claim says how far it came
     */
    Started start(Settling settling) {
        UUID guest = settling.protection().guest();
        for (int step = 0; step < STEPS_MAX; step++) {
            Claims.Known known = claims.read(guest).orElseThrow(() -> unclaimed(settling.protection()));
            Optional<Started> started = step(known, settling);
            if (started.isPresent()) {
                return started.get();
            }
        }
        throw new Temporary(
                "guest-contended",
                "the claim of guest '" + settling.protection().name() + "' does not come to rest",
                "Others work on it as well; see 'vfrt standby status'.");
    }

    private Optional<Started> step(Claims.Known known, Settling settling) {
        Claim claim = known.claim();
        switch (claim.phase()) {
            case HELD:
                if (world.evidence().ofEnd(claim.at()).isEmpty()) {
                    return Optional.of(new Started(known, false));
                }
                relocate(known, settling);
                return Optional.empty();
            case ACTIVATING:
                if (hasLeft(claim, claim.at()).isPresent()) {
                    relocate(known, settling);
                    return Optional.empty();
                }
                return activate(known, settling) ? Optional.of(new Started(known, true)) : Optional.empty();
            case LEAVING:
                handOver(known, settling);
                return Optional.empty();
            case MOVING:
                settleMove(known, settling);
                return Optional.empty();
            case RELEASED:
            default:
                throw unclaimed(settling.protection());
        }
    }

    private static NotFound unclaimed(Protection protection) {
        return new NotFound(
                "not-protected", "guest '" + protection.name() + "' is not protected", "See 'vfrt standby status'.");
    }

    /** Waits until a fresh guest is healthy, or will not be, and holds it then: it runs, well or not. */
    Ledger.Line finish(Started started, Settling settling) {
        Claim claim = started.known().claim();
        boolean healthy = awaitHealth(settling.protection(), claim.at().host());
        // Somebody else may have done so, which is as good.
        claims.change(started.known(), claim.with(Claim.Phase.HELD, claim.at(), claim.epoch()));
        return ledger.finished(claim, world.clock().instant(), healthy);
    }

    private boolean awaitHealth(Protection protection, String host) {
        Duration end = world.ticker().elapsed().plus(world.rules().healthWithin());
        while (true) {
            Health.Verdict verdict = world.health().check(protection, host);
            if (verdict != Health.Verdict.NOT_YET || world.ticker().elapsed().compareTo(end) >= 0) {
                return verdict == Health.Verdict.HEALTHY;
            }
            pass(BEAT);
        }
    }

    /** @return whether it runs there; else the claim has changed, or can be changed now */
    private boolean activate(Claims.Known known, Settling settling) {
        Claim claim = known.claim();
        String host = claim.at().host();
        try {
            gates.guard(host, claim.guest(), claim.name());
            gates.give(claim.at(), claim.guest(), claim.epoch());
        } catch (Refused e) {
            settling.failedOn(host, e);
            leave(known, settling);
            return false;
        }
        Presence presence = presence(settling.protection(), host);
        if (presence != Presence.RUNNING && presence != Presence.HALTED) {
            try {
                // Whoever it was that was waited for has changed something.
                if (!starts.begin(claim, settling.waits()) || !started(known, settling)) {
                    return false;
                }
            } finally {
                starts.end(claim);
            }
        }
        announce(claim, settling);
        return true;
    }

    private boolean started(Claims.Known known, Settling settling) {
        Claim claim = known.claim();
        String host = claim.at().host();
        Activator.Start order = order(claim, settling.protection());
        if (!runsAlready(order, settling.protection())) {
            try {
                ledger.started(claim, world.activator().start(order, ways -> settling.announce(host, ways)));
            } catch (Failure e) {
                if (e instanceof Busy busy && !busy.code().equals(JOB_OF_LIBVIRT)) {
                    throw startedBySomebody(order, busy);
                }
                // What it says need not be all: an answer may have been lost, or another controller was quicker.
                Presence presence = presence(settling.protection(), host);
                if (presence == Presence.ABSENT) {
                    settling.failedOn(host, e);
                    leave(known, settling);
                    return false;
                }
                if (presence == Presence.THERE) {
                    throw notRunning(order, Optional.of(e));
                }
            }
        }
        return true;
    }

    /** As {@link Starts#look}. */
    long startOf(UUID guest) {
        return starts.look(guest);
    }

    /** What an earlier start left there, never let run, is ended: to be there is not to run. What has run, and is paused or crashed, is the guest. */
    private boolean runsAlready(Activator.Start order, Protection protection) {
        String host = order.place().host();
        Presence presence = presence(protection, host);
        if (presence == Presence.THERE) {
            try {
                world.activator().settle(order);
            } catch (Busy e) {
                throw startedBySomebody(order, e);
            }
            presence = presence(protection, host);
        }
        if (presence == Presence.THERE) {
            throw notRunning(order, Optional.empty());
        }
        return presence != Presence.ABSENT;
    }

    /** The permit stays, for it is that one's. */
    private static Temporary startedBySomebody(Activator.Start order, Busy why) {
        return new Temporary(
                "guest-being-started",
                "guest '" + order.name() + "' is not started on host '"
                        + order.place().host() + "' now: " + why.getMessage(),
                "Wait for that; 'vfrt standby run' goes on with it.",
                why);
    }

    private static Temporary notRunning(Activator.Start order, Optional<Failure> why) {
        return new Temporary(
                "guest-not-running",
                "guest '" + order.name() + "' is on host '" + order.place().host() + "' and does not run"
                        + why.map(failure -> ": " + failure.getMessage()).orElse("; another controller may be at it"),
                "See 'vfrt guest show " + order.name()
                        + "'. If nobody works on it, end that copy there; it is started then.",
                why.orElse(null));
    }

    private Activator.Start order(Claim claim, Protection protection) {
        Optional<String> gone = ledger.of(claim.guest()).stream()
                .filter(line -> line.epoch() == claim.epoch())
                .flatMap(line -> line.from().stream())
                .filter(host -> !host.equals(claim.at().host()))
                .findFirst();
        return new Activator.Start(claim.guest(), claim.name(), claim.at(), claim.epoch(), gone, protection.recover());
    }

    private void announce(Claim claim, Settling settling) {
        try {
            world.announcements()
                    .announce(claim.guest(), claim.name(), claim.at().host());
        } catch (Failure e) {
            settling.trouble(claim.at().host(), e);
        }
    }

    /**
     * Takes a guest that should run on a host, and does not, from that host. If it turns out to run there, because another controller started it in between, the claim stays with a new epoch.
     */
    private void leave(Claims.Known known, Settling settling) {
        Claim claim = known.claim();
        if (!letGo(claim, claim.at(), settling)) {
            claims.change(known, claim.with(Claim.Phase.ACTIVATING, claim.at(), claim.epoch() + 1));
        }
    }

    /**
     * Has a host let go of a guest, unless it is there.
     *
     * @return whether there is evidence now that this place has left the claim, or somebody else is ahead: then the claim is another one already
     */
    private boolean letGo(Claim claim, Place place, Settling settling) {
        if (endedSince(place)) {
            return true;
        }
        long next = claim.epoch() + 1;
        try {
            gates.withdraw(place.host(), claim.guest(), next);
        } catch (Refused e) {
            return true;
        }
        if (!absent(settling.protection(), place.host())) {
            return false;
        }
        world.evidence().write(new Evidence.LetGo(place, world.clock().instant(), claim.guest(), next));
        return true;
    }

    /** The claim was read before the host is asked: if it runs under another boot now, the one in the claim has ended. */
    private boolean endedSince(Place place) {
        if (world.evidence().ofEnd(place).isPresent()) {
            return true;
        }
        String now = gates.standing(place.host()).boot();
        if (now.equals(place.boot())) {
            return false;
        }
        world.evidence().write(new Evidence.Rebooted(place, world.clock().instant(), now));
        return world.evidence().ofEnd(place).isPresent();
    }

    private Optional<Evidence> hasLeft(Claim claim, Place place) {
        return world.evidence().ofLeaving(place, claim.guest(), claim.epoch() + 1);
    }

    /** Names another place in the claim. All places that it has must have left it. */
    private void relocate(Claims.Known known, Settling settling) {
        Claim claim = known.claim();
        List<Evidence> evidence = new ArrayList<>();
        for (Place place : claim.places()) {
            evidence.add(hasLeft(claim, place)
                    .orElseThrow(() -> new Refused(
                            "no-evidence",
                            "there is no evidence that guest '" + claim.name() + "' cannot run on host '" + place.host()
                                    + "' any more",
                            "See 'vfrt standby failover --host " + place.host() + "'.")));
        }
        boolean died = evidence.stream().anyMatch(found -> !(found instanceof Evidence.LetGo));
        if (died) {
            refuseRestless(settling.protection());
        }
        refuseUnguarded(claim, settling);
        List<Reason> rejections = new ArrayList<>(settling.troubles());
        for (String host : candidates(claim, evidence, settling, rejections)) {
            Optional<Place> place = fit(claim, host, settling, rejections);
            if (place.isPresent()) {
                Claim next = claim.with(Claim.Phase.ACTIVATING, place.get(), claim.epoch() + 1);
                if (claims.change(known, next).isPresent()) {
                    evidence.stream()
                            .filter(found -> !(found instanceof Evidence.LetGo))
                            .map(found -> found.place().host())
                            .filter(dead -> !dead.equals(host))
                            .forEach(dead -> new LeftBehind(world).note(dead));
                    ledger.begin(
                            claim,
                            next,
                            String.join(
                                    "; ", evidence.stream().map(Evidence::text).toList()),
                            evidence.stream().map(Evidence::at).max(Instant::compareTo),
                            settling.protection().interval(),
                            died);
                }
                return;
            }
        }
        throw new Failed(
                "no-host-takes-it",
                "no host takes guest '" + claim.name() + "'"
                        + (rejections.isEmpty() ? "" : ": " + rejections.get(0).text()),
                "Make room, or bring a host back; it is tried again with 'vfrt standby run'.");
    }

    /** A guest that brings its hosts down would bring down all of them. */
    private void refuseRestless(Protection protection) {
        Instant now = world.clock().instant();
        Instant since = now.minus(world.rules().hostsWithin());
        // What was noted under a clock that was ahead does not count: a guest is not to stay down until that day.
        long recent = ledger.of(protection.guest()).stream()
                .filter(Ledger.Line::died)
                .flatMap(line -> line.proven().stream())
                .filter(proven -> proven.isAfter(since) && !proven.isAfter(now))
                .count();
        if (recent >= world.rules().guestMost()) {
            throw new Refused(
                    "guest-restless",
                    "guest '" + protection.name() + "' was started again " + recent + " times already within "
                            + world.rules().hostsWithin().toMinutes() + " minutes",
                    "Find out whether it brings its hosts down; it is tried again when that time has passed.");
        }
    }

    private Set<String> candidates(Claim claim, List<Evidence> evidence, Settling settling, List<Reason> rejections) {
        Set<String> candidates = new LinkedHashSet<>();
        claim.heading().ifPresent(candidates::add);
        evidence.stream()
                .filter(Evidence.Rebooted.class::isInstance)
                .map(rebooted -> rebooted.place().host())
                .forEach(candidates::add);
        settling.protection().standby().ifPresent(candidates::add);
        Placement.Ranking ranking =
                world.placement().rank(settling.protection(), Placement.Purpose.ACTIVATION, settling.tried());
        candidates.addAll(ranking.fit());
        rejections.addAll(ranking.rejections());
        candidates.removeAll(settling.tried());
        return candidates;
    }

    private Optional<Place> fit(Claim claim, String host, Settling settling, List<Reason> rejections) {
        Place place;
        Presence presence;
        try {
            Permits.Standing standing = gates.standing(host);
            place = new Place(host, standing.boot());
            Optional<Reason> obstacle = obstacle(standing, place);
            if (obstacle.isPresent()) {
                rejections.add(obstacle.get());
                return Optional.empty();
            }
            gates.guard(host, claim.guest(), claim.name(), claim.epoch());
            presence = presence(settling.protection(), host);
            if (presence == Presence.RUNNING) {
                // Somebody started it before the host was told to guard it. What runs already is no second copy;
                // another start would be.
                settling.trouble(new Reason(
                        "guest-there-already",
                        "guest '" + claim.name() + "' runs on host '" + host + "' already, and not by vfrt's doing",
                        "Look whether it is the copy that you want; see 'vfrt guest show " + claim.name() + "'."));
            }
        } catch (Failure e) {
            // Whatever is wrong with one host must not keep the guest from the others.
            rejections.add(new Reason(e.code(), "host '" + host + "': " + e.getMessage(), e.hint()));
            return Optional.empty();
        }
        if (presence == Presence.THERE || presence == Presence.HALTED) {
            throw elsewhere(claim, host, "paused");
        }
        return Optional.of(place);
    }

    private static Refused elsewhere(Claim claim, String host, String how) {
        return new Refused(
                "guest-elsewhere",
                "guest '" + claim.name() + "' is on host '" + host + "', " + how + ", and its claim does not name that",
                "Find out what that copy is, and end it; see 'vfrt guest show " + claim.name() + "'.");
    }

    /** A host that does not ask for permits may have a copy of its own; it is asked for that. One that is silent cannot be. */
    private void refuseUnguarded(Claim claim, Settling settling) {
        for (String host : new Unguarded(world).hosts()) {
            if (!claim.names(host) && !isSilent(host)) {
                Presence presence = Presence.ABSENT;
                try {
                    presence = gates.presence(host, claim.guest());
                } catch (Failure e) {
                    silent.put(host, world.ticker().elapsed());
                    settling.trouble(host, e);
                }
                if (presence != Presence.ABSENT) {
                    throw elsewhere(claim, host, presence == Presence.RUNNING ? "running" : "paused");
                }
            }
        }
    }

    /** Not asked again for every guest. */
    private boolean isSilent(String host) {
        Duration since = silent.get(host);
        return since != null && world.ticker().elapsed().minus(since).compareTo(SILENCE) < 0;
    }

    private Optional<Reason> obstacle(Permits.Standing standing, Place place) {
        if (!standing.installed()) {
            return Optional.of(new Reason(
                    "host-not-set-up",
                    "host '" + place.host() + "' does not ask for permits",
                    "Type 'vfrt host setup " + place.host() + "'."));
        }
        if (!standing.rejoined()) {
            return Optional.of(new Reason(
                    "not-rejoined",
                    "host '" + place.host() + "' came back and has not rejoined",
                    "Type 'vfrt standby rejoin " + place.host() + "'."));
        }
        // It would be taken from there at once, while it starts.
        return world.evidence()
                .ofEnd(place)
                .map(dead -> new Reason(
                        "evidence-contradicts",
                        "host '" + place.host() + "' answers, although " + dead.text(),
                        "See 'vfrt standby fence check'."));
    }

    /** The last capture. The permit goes first: nobody can start the guest again between the capture and the claim's change. */
    private void handOver(Claims.Known known, Settling settling) {
        Claim claim = known.claim();
        Place at = claim.at();
        if (hasLeft(claim, at).isPresent() || letGo(claim, at, settling)) {
            if (hasLeft(claim, at).isPresent()) {
                relocate(known, settling);
            }
            return;
        }
        try {
            world.captures()
                    .handOver(settling.protection(), at.host(), claim.heading().orElseThrow(), claim.epoch() + 1);
        } catch (Failure e) {
            if (!absent(settling.protection(), at.host())) {
                settling.rolledBack(e);
                // Not the next epoch: whoever sleeps in this very capture asks with that one.
                claims.change(known, claim.with(Claim.Phase.ACTIVATING, at, claim.epoch() + 2));
            }
        }
    }

    /** Asks both ends. One that does not have the guest lets go; then the other one keeps it. */
    private void settleMove(Claims.Known known, Settling settling) {
        Claim claim = known.claim();
        List<Place> staying = new ArrayList<>();
        for (Place place : claim.places()) {
            if (hasLeft(claim, place).isEmpty() && !leaveIfAbsent(claim, place, settling)) {
                staying.add(place);
            }
        }
        if (staying.isEmpty()) {
            if (claim.places().stream().allMatch(place -> hasLeft(claim, place).isPresent())) {
                relocate(known, settling);
            }
        } else if (staying.size() == 1) {
            claims.change(known, claim.with(Claim.Phase.ACTIVATING, staying.get(0), claim.epoch()));
        } else {
            throw new Temporary(
                    "guest-moves",
                    "guest '" + claim.name() + "' is on both '" + claim.at().host() + "' and '"
                            + staying.get(1).host() + "': its migration goes on, or was broken off",
                    "Wait for it, or see 'vfrt migrate repair'.");
        }
    }

    private boolean leaveIfAbsent(Claim claim, Place place, Settling settling) {
        return endedSince(place) || (absent(settling.protection(), place.host()) && letGo(claim, place, settling));
    }

    private boolean absent(Protection protection, String host) {
        return presence(protection, host) == Presence.ABSENT;
    }

    /** A copy that is kept ready, paused, is not the guest. */
    private Presence presence(Protection protection, String host) {
        Presence presence = gates.presence(host, protection.guest());
        return presence == Presence.THERE && world.captures().holds(protection, host) ? Presence.ABSENT : presence;
    }

    private void pass(Duration time) {
        try {
            world.ticker().sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "waiting for a guest was interrupted", "", e);
        }
    }
}
