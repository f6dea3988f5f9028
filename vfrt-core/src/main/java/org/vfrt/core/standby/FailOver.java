package org.vfrt.core.standby;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Place;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.EvidenceRecords;
import org.vfrt.core.evidence.ProveDeath;
import org.vfrt.core.evidence.Watch;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;

/**
 * Brings the protected guests of a dead host back elsewhere. May be run by any number of controllers, for the same host too, and again after any of them died: the claims keep them from harm.
 */
public final class FailOver {

    private static final String UNDER_WAY = "failover/";
    private static final String GUESTS = "guests";

    private final StandbyWorld world;
    private final Claims claims;
    private final Protections protections;
    private final Silence silence;
    private final SettleGuest settle;
    private final Consumer<String> announcement;

    public FailOver(StandbyWorld world) {
        this(world, sentence -> {});
    }

    /** @param announcement hears of each guest what it will lose, before it is started */
    public FailOver(StandbyWorld world, Consumer<String> announcement) {
        this.world = world;
        this.announcement = announcement;
        this.claims = new Claims(world.register());
        this.protections = new Protections(world.register());
        this.silence = new Silence(world);
        this.settle = new SettleGuest(world);
    }

    /**
     * What is asked for.
     *
     * @param alert the name of the alert that asks, if one does: the same alert again changes nothing
     * @param despiteMany also when so many hosts are silent that the network is probably at fault
     */
    public record Request(String host, Optional<String> alert, boolean despiteMany) {}

    /**
     * What was done.
     *
     * @param known whether this alert was dealt with before; nothing was done now then
     */
    public record Outcome(String host, boolean known, List<Evidence> evidence, List<Result> guests) {

        public Outcome {
            evidence = List.copyOf(evidence);
            guests = List.copyOf(guests);
        }

        /** Returns whether all guests run. */
        public boolean complete() {
            return guests.stream().allMatch(guest -> guest.failure().isEmpty());
        }
    }

    /**
     * What became of one guest.
     *
     * @param claim as it is now
     * @param line what was measured; empty when it was not started
     * @param failure why it does not run
     * @param troubles what went wrong on the way
     */
    public record Result(
            Protection protection,
            Optional<Claim> claim,
            Optional<Ledger.Line> line,
            Optional<Failure> failure,
            List<Reason> troubles) {

        public Result {
            troubles = List.copyOf(troubles);
        }
    }

    /**
     * Does it.
     *
     * @throws Refused when it must not be: disarmed, too many hosts are silent, the host answers, or there is no evidence
     */
    public Outcome run(Request request) {
        Optional<RegisterValue> alert = request.alert().map(id -> new RegisterValue(world.register(), "alert/" + id));
        if (alert.flatMap(RegisterValue::read).isPresent()) {
            return new Outcome(request.host(), true, List.of(), List.of());
        }
        new Arming(world.register(), world.clock()).demandArmed();
        // First what is believed, then how it is.
        Set<String> boots = boots(request.host());
        Watch.Sighting sighting = refuseAlive(request.host(), boots);
        if (sighting.boot().isEmpty() && !boots.isEmpty()) {
            silence.note(request.host());
            if (!request.despiteMany() && !underWay(request.host())) {
                silence.refuseMany(request.host());
            }
        }
        Outcome outcome = run(request.host(), boots, true);
        if (outcome.complete()) {
            alert.ifPresent(value -> value.put(EntryFacts.writing()
                    .put("host", request.host())
                    .put("at", world.clock().instant())
                    .text()));
        }
        return outcome;
    }

    /** Goes on with what somebody began, and was let do: what was asked then is not asked again. */
    Outcome resume(String host) {
        Set<String> boots = boots(host);
        try {
            refuseAlive(host, boots);
        } catch (Refused e) {
            end(host);
            throw e;
        }
        return run(host, boots, false);
    }

    /** Returns the hosts whose failover was begun and not ended. */
    List<String> underWay() {
        return world.register().list(UNDER_WAY).stream()
                .map(entry -> entry.key().substring(UNDER_WAY.length()))
                .toList();
    }

    private boolean underWay(String host) {
        return record(host).read().isPresent();
    }

    private Outcome run(String host, Set<String> boots, boolean waits) {
        List<Protection> guests = affected(host, boots);
        if (guests.isEmpty()) {
            end(host);
            return new Outcome(host, false, List.of(), List.of());
        }
        begin(host, guests);
        List<Evidence> evidence = boots.isEmpty() ? List.of() : prove(host, boots);
        Outcome outcome = new Outcome(host, false, evidence, bringBack(affected(host, boots), host, boots, waits));
        if (outcome.complete()) {
            end(host);
        }
        return outcome;
    }

    private List<Evidence> prove(String host, Set<String> boots) {
        try {
            return world.proof().run(host, boots);
        } catch (Refused e) {
            if (e.code().equals(ProveDeath.ALIVE)) {
                end(host);
            }
            throw e;
        }
    }

    private Set<String> boots(String host) {
        return claims.naming(host).stream()
                .flatMap(known -> known.claim().places().stream())
                .filter(place -> place.host().equals(host))
                .map(Place::boot)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Guests that are claimed by the boot that answers are left alone, and so are all others of that host until those are settled: it is there. */
    private Watch.Sighting refuseAlive(String host, Set<String> boots) {
        EvidenceRecords.Before before = world.evidence()
                .before(boots.stream().map(boot -> new Place(host, boot)).toList());
        Watch.Sighting sighting = world.watch().look(host);
        Optional<String> alive = sighting.boot().filter(boots::contains);
        if (alive.isPresent()) {
            Optional<Evidence> lie = world.evidence()
                    .voidOf(before, new Place(host, alive.get()), world.clock().instant());
            throw new Refused(
                    ProveDeath.ALIVE,
                    "host '" + host + "' answers"
                            + lie.map(said -> ", although " + said.text() + "; that is void now")
                                    .orElse(""),
                    "It is not failed over while it answers. To move its guests, use 'vfrt standby failover --planned'.");
        }
        return sighting;
    }

    /** Guests that may run on a dead boot, and those that left it already and are not at rest: whoever took them from there may be dead. */
    private List<Protection> affected(String host, Set<String> boots) {
        Set<String> begun =
                Set.copyOf(record(host).read().map(facts -> facts.words(GUESTS)).orElse(List.of()));
        List<Protection> affected = new ArrayList<>();
        for (Claims.Known known : claims.all()) {
            Claim claim = known.claim();
            boolean dead = claim.places().stream()
                    .anyMatch(place -> place.host().equals(host) && boots.contains(place.boot()));
            boolean restless = claim.phase() != Claim.Phase.HELD && claim.phase() != Claim.Phase.RELEASED;
            if (dead || (restless && begun.contains(claim.guest().toString()))) {
                affected.add(protections.of(claim));
            }
        }
        return StartOrder.of(affected);
    }

    /** Starts them in order. Health is waited for where another guest needs it, and of all others at the end. What a host did not answer to is tried once more. */
    private List<Result> bringBack(List<Protection> guests, String host, Set<String> boots, boolean waits) {
        Map<UUID, Attempt> attempts = new LinkedHashMap<>();
        for (Protection protection : guests) {
            protection.after().stream()
                    .map(attempts::get)
                    .filter(Objects::nonNull)
                    .forEach(this::finish);
            attempts.put(protection.guest(), start(protection, host, boots, waits));
        }
        attempts.values().stream()
                .filter(attempt ->
                        attempt.failure.filter(Temporary.class::isInstance).isPresent())
                .toList()
                .forEach(attempt ->
                        attempts.put(attempt.protection.guest(), start(attempt.protection, host, boots, waits)));
        attempts.values().forEach(this::finish);
        return attempts.values().stream().map(Attempt::result).toList();
    }

    private Attempt start(Protection protection, String host, Set<String> boots, boolean waits) {
        Attempt attempt = new Attempt(protection, announcement, waits);
        try {
            SettleGuest.Started started = settle.start(attempt.settling);
            refuseHeldByDead(started.known().claim(), host, boots);
            attempt.started = Optional.of(started);
        } catch (Failure e) {
            attempt.failure = Optional.of(e);
        }
        return attempt;
    }

    /** There was evidence about that boot a moment ago: somebody saw the host alive since, and voided it. */
    private static void refuseHeldByDead(Claim claim, String host, Set<String> boots) {
        if (claim.at().host().equals(host) && boots.contains(claim.at().boot())) {
            throw new Temporary(
                    "evidence-void",
                    "guest '" + claim.name() + "' was not brought back: the evidence about host '" + host
                            + "' was voided by somebody who saw it alive",
                    "See whether it is, with 'vfrt standby status', and try again.");
        }
    }

    private void finish(Attempt attempt) {
        if (attempt.started.isEmpty() || attempt.finished) {
            return;
        }
        attempt.finished = true;
        if (!attempt.started.get().fresh()) {
            return;
        }
        try {
            attempt.line = Optional.of(settle.finish(attempt.started.get(), attempt.settling));
        } catch (Failure e) {
            attempt.failure = Optional.of(e);
        }
    }

    private void begin(String host, List<Protection> guests) {
        if (!underWay(host)) {
            record(host)
                    .put(EntryFacts.writing()
                            .put("at", world.clock().instant())
                            .words(
                                    GUESTS,
                                    guests.stream().map(Protection::guest).toList())
                            .text());
        }
    }

    private void end(String host) {
        record(host).clear();
    }

    private RegisterValue record(String host) {
        return new RegisterValue(world.register(), UNDER_WAY + host);
    }

    /** One guest on its way. */
    private static final class Attempt {

        private final Protection protection;
        private final Settling settling;
        private Optional<SettleGuest.Started> started = Optional.empty();
        private Optional<Ledger.Line> line = Optional.empty();
        private Optional<Failure> failure = Optional.empty();
        private boolean finished;

        Attempt(Protection protection, Consumer<String> announcement, boolean waits) {
            this.protection = protection;
            this.settling = new Settling(protection, announcement, waits);
        }

        Result result() {
            return new Result(
                    protection, started.map(there -> there.known().claim()), line, failure, settling.troubles());
        }
    }
}
