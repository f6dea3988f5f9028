package org.vfrt.core.standby;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.claim.Register;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.EvidenceRecords;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;

/**
 * Keeps all protections: takes captures, goes on with what other controllers left unfinished, starts guests again whose host came back, and says what is wrong. It starts no failover by itself: silence
 * is no evidence, and who is to be believed that a host is dead is the site's matter.
 *
 * <p>One object is one controller. Of several, one leads and works; the others wait for it to end. For one thread.
 */
public final class RunStandby implements AutoCloseable {

    private final StandbyWorld world;
    private final String self;
    private final Claims claims;
    private final Protections protections;
    private final Gates gates;
    private final GuardHosts guards;
    private final Silence silence;
    private final SettleGuest settle;
    private final FailOver failOver;
    private final KeepCopies copies;
    private final BackOff<String> backOff;
    private final Map<UUID, Seen> unsettled = new HashMap<>();
    private final Map<String, Duration> underWay = new HashMap<>();
    private Optional<Register.Term> term = Optional.empty();

    /** @param self who this is, for people: machine and process */
    public RunStandby(StandbyWorld world, String self) {
        this(world, self, true);
    }

    /** @param stays whether this controller goes on for long, so that it can keep streams */
    public RunStandby(StandbyWorld world, String self, boolean stays) {
        this.world = world;
        this.self = self;
        this.claims = new Claims(world.register());
        this.protections = new Protections(world.register());
        this.gates = new Gates(world.pool(), world.permits());
        this.guards = new GuardHosts(world);
        this.silence = new Silence(world);
        this.settle = new SettleGuest(world);
        this.failOver = new FailOver(world);
        this.copies = new KeepCopies(world, stays);
        this.backOff = new BackOff<>(world.ticker(), world.rules().backOffMost());
    }

    /** A claim that was not at rest, and since when it has been as it is, and nobody has been at its start. */
    private record Seen(long revision, long start, Duration since) {}

    /** One round, begun. */
    private static final class Round {

        private final List<String> done = new ArrayList<>();
        private final List<Reason> alarms = new ArrayList<>();

        void alarm(String subject, Failure failure) {
            alarms.add(new Reason(failure.code(), subject + ": " + failure.getMessage(), failure.hint()));
        }
    }

    /**
     * Does what is to be done now, and returns. To be called again and again, some seconds apart.
     *
     * @throws Temporary when the register does not answer
     */
    public StandbyReport round() {
        if (!term.filter(Register.Term::lasts).isPresent()) {
            Register.Attempt attempt = world.register().attemptLead(self);
            term = attempt.term();
            if (term.isEmpty()) {
                copies.endAll();
                return new StandbyReport(false, attempt.holder(), List.of(), List.of());
            }
        }
        Round round = new Round();
        // First what is believed, then how it is.
        List<Claims.Known> known = claims.all();
        EvidenceRecords.Before before = world.evidence().before(places(known));
        Map<String, Permits.Standing> standings = new TreeMap<>();
        Map<String, String> alive = look(standings, round);
        world.pool().hosts().stream()
                .map(host -> host.name())
                .filter(host -> !alive.containsKey(host))
                .forEach(silence::note);
        silence.forget(silent(alive));
        voidLies(known, before, alive, round);
        noteReturns(known, alive, round);
        Optional<String> disarmed = new Arming(world.register(), world.clock()).disarmed();
        if (disarmed.isPresent()) {
            round.alarms.add(new Reason("disarmed", disarmed.get(), "Arm it again with 'vfrt standby arm'."));
        } else {
            rejoin(standings, round);
            resumeHosts(round);
            settleGuests(known, round);
        }
        sweep(standings, round);
        noteUnguarded(standings, round);
        Map<UUID, Claim> now =
                claims.all().stream().map(Claims.Known::claim).collect(Collectors.toMap(Claim::guest, claim -> claim));
        List<Protection> all = protections.all();
        try {
            copies.round(all, now, alive, round.done, round.alarms);
        } catch (Failure e) {
            round.alarm("copies", e);
        }
        attempt("retain", "what is not kept any more", round, () -> retain(all, now.values()));
        if (disarmed.isEmpty()) {
            goHome(now, standings, round);
        }
        world.evidence()
                .prune(() -> claims.all().stream().map(Claims.Known::claim).toList());
        return new StandbyReport(true, self, round.done, round.alarms);
    }

    private void retain(List<Protection> all, Collection<Claim> claimed) {
        Set<UUID> guests = all.stream().map(Protection::guest).collect(Collectors.toCollection(HashSet::new));
        claimed.stream()
                .filter(claim -> claim.phase() != Claim.Phase.RELEASED)
                .forEach(claim -> guests.add(claim.guest()));
        world.captures().retain(guests);
    }

    /** Returns whether a capture that this controller began goes on. Streams do for ever, and are not meant. */
    public boolean capturing() {
        return copies.capturing();
    }

    /** Looks at the captures that go on, and begins nothing: for a controller that is to end when they do. */
    public StandbyReport look() {
        Round round = new Round();
        Map<UUID, Claim> now =
                claims.all().stream().map(Claims.Known::claim).collect(Collectors.toMap(Claim::guest, claim -> claim));
        copies.look(protections.all(), now, round.done, round.alarms);
        return new StandbyReport(true, self, round.done, round.alarms);
    }

    @Override
    public void close() {
        copies.endAll();
        term.ifPresent(Register.Term::close);
        term = Optional.empty();
    }

    private Map<String, String> look(Map<String, Permits.Standing> standings, Round round) {
        Map<String, String> alive = new TreeMap<>();
        world.pool()
                .hosts()
                .forEach(host -> world.watch().look(host.name()).boot().ifPresent(boot -> {
                    try {
                        standings.put(host.name(), gates.standing(host.name()));
                        alive.put(host.name(), boot);
                    } catch (Temporary e) {
                        // It answers a little, which is not enough to work with, and is no silence either: it is
                        // neither.
                    } catch (Failure e) {
                        round.alarm("host '" + host.name() + "'", e);
                    }
                }));
        return alive;
    }

    private Set<String> silent(Map<String, String> alive) {
        Set<String> silent = new TreeSet<>();
        world.pool().hosts().forEach(host -> silent.add(host.name()));
        silent.removeAll(alive.keySet());
        return silent;
    }

    private static List<Place> places(List<Claims.Known> known) {
        return known.stream()
                .flatMap(one -> one.claim().places().stream())
                .distinct()
                .toList();
    }

    private void voidLies(
            List<Claims.Known> known, EvidenceRecords.Before before, Map<String, String> alive, Round round) {
        for (Place place : places(known)) {
            if (place.boot().equals(alive.get(place.host()))) {
                world.evidence()
                        .voidOf(before, place, world.clock().instant())
                        .ifPresent(lie -> round.alarms.add(new Reason(
                                "evidence-void",
                                "host '" + place.host() + "' is alive, although " + lie.text(),
                                "Look which machine its fence devices switch, with 'vfrt standby fence check'.")));
            }
        }
    }

    private void noteReturns(List<Claims.Known> known, Map<String, String> alive, Round round) {
        for (Place place : places(known)) {
            String now = alive.get(place.host());
            if (now != null
                    && !now.equals(place.boot())
                    && world.evidence().ofEnd(place).isEmpty()) {
                world.evidence()
                        .write(new Evidence.Rebooted(place, world.clock().instant(), now));
                round.done.add("host '" + place.host() + "' came back under another boot");
            }
        }
    }

    /** A host that came back before anything was failed over is as good as before; so is any, if the rules say so. */
    private void rejoin(Map<String, Permits.Standing> standings, Round round) {
        for (Map.Entry<String, Permits.Standing> one : standings.entrySet()) {
            String host = one.getKey();
            Permits.Standing standing = one.getValue();
            if (standing.rejoined() || !standing.installed()) {
                continue;
            }
            if (!world.rules().rejoins() && new LeftBehind(world).any(host)) {
                round.alarms.add(new Reason(
                        "not-rejoined",
                        "host '" + host + "' came back and has not rejoined",
                        "Type 'vfrt standby rejoin " + host + "'."));
                continue;
            }
            attempt("rejoin " + host, "host '" + host + "'", round, () -> {
                new Rejoin(world).run(host);
                round.done.add("host '" + host + "' rejoined");
            });
        }
    }

    private void resumeHosts(Round round) {
        List<String> hosts = failOver.underWay();
        underWay.keySet().retainAll(hosts);
        for (String host : hosts) {
            Duration since =
                    underWay.computeIfAbsent(host, key -> world.ticker().elapsed());
            if (world.ticker().elapsed().minus(since).compareTo(world.rules().patience()) >= 0) {
                attempt("failover " + host, "host '" + host + "'", round, () -> {
                    FailOver.Outcome outcome = failOver.resume(host);
                    outcome.guests().stream()
                            .flatMap(guest -> guest.failure().stream())
                            .findFirst()
                            .ifPresent(failure -> {
                                throw failure;
                            });
                    round.done.add("host '" + host + "' was failed over");
                });
            }
        }
    }

    /** Claims that are not at rest are settled once whoever works on them has done nothing for a while; guests of dead hosts at once. */
    private void settleGuests(List<Claims.Known> known, Round round) {
        Set<UUID> open = new HashSet<>();
        List<Protection> ready = new ArrayList<>();
        for (Claims.Known one : known) {
            Claim claim = one.claim();
            boolean restless = claim.phase() != Claim.Phase.HELD && claim.phase() != Claim.Phase.RELEASED;
            boolean dead = !restless
                    && claim.places().stream()
                            .anyMatch(place -> world.evidence().ofEnd(place).isPresent());
            if (restless) {
                open.add(claim.guest());
            }
            if (dead || (restless && waited(one))) {
                ready.add(protections.of(claim));
            }
        }
        unsettled.keySet().retainAll(open);
        for (Protection protection : StartOrder.of(ready)) {
            attempt("guest " + protection.guest(), "guest '" + protection.name() + "'", round, () -> {
                Settling settling = new Settling(protection, round.done::add, false);
                SettleGuest.Started started = settle.start(settling);
                if (started.fresh()) {
                    settle.finish(started, settling);
                    round.done.add("guest '" + protection.name() + "' runs on host '"
                            + started.known().claim().at().host() + "'");
                }
            });
        }
    }

    private boolean waited(Claims.Known one) {
        Duration now = world.ticker().elapsed();
        Seen seen = unsettled.get(one.claim().guest());
        long start = settle.startOf(one.claim().guest());
        if (seen == null || seen.revision != one.revision() || seen.start != start) {
            unsettled.put(one.claim().guest(), new Seen(one.revision(), start, now));
            return false;
        }
        return now.minus(seen.since).compareTo(world.rules().patience()) >= 0;
    }

    private void noteUnguarded(Map<String, Permits.Standing> standings, Round round) {
        new Unguarded(world).note(standings);
        if (protections.all().isEmpty()) {
            return;
        }
        standings.forEach((host, standing) -> {
            if (!standing.installed()) {
                round.alarms.add(new Reason(
                        "host-not-set-up",
                        "host '" + host
                                + "' does not ask for permits: protected guests may be started there without vfrt's leave",
                        "Type 'vfrt host setup " + host + "'."));
            }
        });
    }

    /** Sees that each host knows what it may run. */
    private void sweep(Map<String, Permits.Standing> before, Round round) {
        List<Claims.Known> known = claims.all();
        for (String host : before.keySet()) {
            attempt("sweep " + host, "host '" + host + "'", round, () -> {
                Map<String, Permits.Standing> now = new TreeMap<>(before);
                Permits.Standing standing = gates.standing(host);
                now.put(host, standing);
                guards.unclaimed(host, now, known, protections.all())
                        .forEach(
                                name -> round.alarms.add(
                                        new Reason(
                                                "unknown-guest-guarded",
                                                "host '" + host + "' guards guest '" + name
                                                        + "', of which this register knows nothing",
                                                "See that 'register' in the configuration is the one that the guest was protected with. If that one is lost, protect the guest again.")));
                for (Claims.Known one : known) {
                    try {
                        guards.at(one.claim(), host, now);
                    } catch (Refused e) {
                        // It has seen a later epoch: the claim is another one since it was read.
                        backOff.worked("sweep " + host);
                    }
                }
            });
        }
    }

    private void goHome(Map<UUID, Claim> now, Map<String, Permits.Standing> standings, Round round) {
        for (Protection protection : protections.all()) {
            Claim claim = now.get(protection.guest());
            Permits.Standing home = standings.get(protection.home());
            if (protection.returns()
                    && claim != null
                    && claim.phase() == Claim.Phase.HELD
                    && !claim.at().host().equals(protection.home())
                    && home != null
                    && home.rejoined()) {
                attempt("home " + protection.guest(), "guest '" + protection.name() + "'", round, () -> {
                    new FailBack(world).run(protection.guest());
                    round.done.add("guest '" + protection.name() + "' is home again");
                });
            }
        }
    }

    private void attempt(String key, String subject, Round round, Runnable work) {
        if (backOff.rests(key)) {
            return;
        }
        try {
            work.run();
            backOff.worked(key);
        } catch (Failure e) {
            backOff.failed(key);
            round.alarm(subject, e);
        }
    }
}
