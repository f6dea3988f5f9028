package org.vfrt.core.checkpoint;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BinaryOperator;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Survival;
import org.vfrt.core.placement.SurviveFailures;

/**
 * Finds out what would become of the guests of hosts that die: where each would be brought back, and from which checkpoint. It changes nothing
 * and asks no host.
 */
public final class ForeseeFailure {

    private final CheckpointStore store;
    private final Clock clock;

    public ForeseeFailure(CheckpointStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What would become of the pool.
     *
     * @param failures each failure that was looked at
     * @param notes what is not known
     */
    public record Outcome(List<Foreseen> failures, List<String> notes) {

        public Outcome {
            failures = List.copyOf(failures);
            notes = List.copyOf(notes);
        }

        /** Returns all guests that would find no place, each once for every failure. */
        public List<Fate> homeless() {
            return failures.stream()
                    .flatMap(failure -> failure.fates.stream())
                    .filter(fate -> fate.to.isEmpty())
                    .toList();
        }
    }

    /**
     * One failure, and what would become of each guest of its hosts.
     *
     * @param silent the hosts of it that do not answer, whose guests are therefore not among them
     */
    public record Foreseen(Survival survival, List<Fate> fates, List<String> silent) {

        public Foreseen {
            fates = List.copyOf(fates);
            silent = List.copyOf(silent);
        }

        /** Returns whether every guest would find a place, as far as anybody knows: of a host that does not answer nobody does. */
        public boolean survived() {
            return silent.isEmpty() && survival.all();
        }

        /** Returns whether that is certain. */
        public boolean proven() {
            return silent.isEmpty() && survival.proven();
        }
    }

    /**
     * What would become of one guest.
     *
     * @param to the host it would be brought back on; empty when none has a place for it
     * @param why the reasons of the other hosts, when none has
     * @param saved what it would be brought back from; empty when it would have to be started anew
     */
    public record Fate(GuestLoad guest, Optional<String> to, Optional<Survival.Homeless> why, Optional<Saved> saved) {}

    /** A guest's newest checkpoint that can be restored, as far as is known, and its age: what would be lost. */
    public record Saved(Manifest manifest, Duration age) {}

    /**
     * Looks at one failure, or at that of every domain in turn.
     *
     * @param hostOrDomain which host, alone, or failure domain would die; empty for each domain
     * @throws NotFound when the pool has neither a host nor a domain of that name
     * @throws Temporary when what runs there is not known
     */
    public Outcome run(ObservePool.Observed observed, Optional<String> hostOrDomain) {
        PoolLoad pool = observed.load();
        pool.demandAnswer();
        SurviveFailures failures = new SurviveFailures();
        List<Survival> survivals = hostOrDomain
                .map(name -> List.of(failures.run(pool, name)
                        .orElseThrow(() -> new NotFound(
                                "no-such-host",
                                "there is neither a host nor a failure domain '" + name + "' in the configuration",
                                "See 'vfrt host list' and 'vfrt config show'."))))
                .orElseGet(() -> failures.run(pool));
        List<String> notes = new ArrayList<>(observed.notes());
        Map<UUID, Saved> saved = saved();
        List<Foreseen> foreseen = new ArrayList<>();
        for (Survival survival : survivals) {
            List<String> silent = silent(pool, survival);
            if (hostOrDomain.isPresent() && silent.equals(survival.hosts())) {
                throw new Temporary(
                        "host-silent",
                        "what runs on '" + hostOrDomain.get() + "' is not known: it does not answer",
                        "See 'vfrt host check'; 'vfrt checkpoint list' says what can be restored.");
            }
            silent.forEach(host -> notes.add("the guests of host '" + host + "' are not known and not counted"));
            foreseen.add(new Foreseen(survival, fates(pool, survival, saved), silent));
        }
        return new Outcome(foreseen, notes);
    }

    private static List<String> silent(PoolLoad pool, Survival survival) {
        return pool.hosts().stream()
                .filter(host -> host.state() == HostLoad.State.UNKNOWN)
                .map(HostLoad::name)
                .filter(survival.hosts()::contains)
                .toList();
    }

    private static List<Fate> fates(PoolLoad pool, Survival survival, Map<UUID, Saved> saved) {
        Map<String, String> places = new HashMap<>();
        survival.moves().forEach(move -> places.put(move.guest(), move.to()));
        Map<String, Survival.Homeless> homeless = new HashMap<>();
        survival.homeless().forEach(one -> homeless.put(one.guest(), one));
        return pool.guests().stream()
                .filter(guest -> survival.hosts().contains(guest.host()))
                .map(guest -> new Fate(
                        guest,
                        Optional.ofNullable(places.get(guest.name())),
                        Optional.ofNullable(homeless.get(guest.name())),
                        Optional.ofNullable(saved.get(guest.uuid()))))
                .toList();
    }

    private Map<UUID, Saved> saved() {
        Instant now = clock.instant();
        Set<CheckpointId> damaged = store.damaged().keySet();
        Map<UUID, Manifest> newest = new HashMap<>();
        for (Manifest manifest : store.list()) {
            if (FindCheckpoint.counts(manifest, damaged, now)) {
                newest.merge(manifest.guestUuid(), manifest, BinaryOperator.maxBy(FindCheckpoint.OLDEST_FIRST));
            }
        }
        Map<UUID, Saved> saved = new HashMap<>();
        newest.forEach((guest, manifest) ->
                saved.put(guest, new Saved(manifest, Duration.between(manifest.instant(), now))));
        return saved;
    }
}
