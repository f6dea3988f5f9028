package org.vfrt.core.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.NothingNoted;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.placement.Move;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;

/**
 * Asks about each move of a plan what {@link MigrateGuest} asks before it begins one, all but where there is room: that is what a plan reckons with.
 * Where a guest is moved twice, both moves are asked about from where it is now.
 */
public final class CheckMoves implements Road {

    private final Pool pool;
    private final MoveObstacles obstacles;
    private final GuestLocks locks;
    private final Terms terms;

    public CheckMoves(Pool pool, Migrator migrator, GuestLocks locks, Journal journal, Terms terms) {
        this.pool = pool;
        this.obstacles = new MoveObstacles(migrator, journal);
        this.locks = locks;
        this.terms = terms;
    }

    /**
     * What whoever wants the moves has said about them.
     *
     * @param sharedDisks guests of which somebody who knows has said that their writable disks are the same on all hosts
     * @param lockWait how long to wait for another operation on a guest
     */
    public record Terms(Set<String> sharedDisks, Duration lockWait) {

        public Terms {
            sharedDisks = Set.copyOf(sharedDisks);
        }
    }

    @Override
    public List<Obstacle> obstacles(List<Move> moves) {
        Map<String, List<Move>> byGuest = new LinkedHashMap<>();
        moves.forEach(move -> byGuest.computeIfAbsent(move.guest(), first -> new ArrayList<>())
                .add(move));
        List<Obstacle> found = new ArrayList<>();
        try (OpenPool hosts = pool.open()) {
            Asked asked = new Asked(hosts, new HashMap<>());
            byGuest.forEach((guest, ofGuest) -> {
                try {
                    found.addAll(ofGuest(asked, ofGuest));
                } catch (Busy busy) {
                    ofGuest.forEach(move -> found.add(new Obstacle(move, true, List.of(reason(busy)))));
                }
            });
        }
        return found;
    }

    /** The pool, and what its hosts said when they were asked first: each is asked once for the guests that it has. */
    private record Asked(OpenPool hosts, Map<String, List<Guest>> guests) {

        Optional<Guest> guest(Move move) {
            Hypervisor host = hosts.host(move.from());
            return guests.computeIfAbsent(move.from(), first -> host.guests()).stream()
                    .filter(one -> one.name().equals(move.guest()))
                    .findFirst();
        }
    }

    private List<Obstacle> ofGuest(Asked asked, List<Move> moves) {
        Move first = moves.get(0);
        Guest seen;
        try {
            Optional<Guest> guest = asked.guest(first);
            if (guest.isEmpty()) {
                return wherever(
                        moves,
                        List.of(new Reason(
                                "guest-gone",
                                "guest '" + first.guest() + "' is not on host '" + first.from() + "' any more",
                                "")));
            }
            seen = guest.get();
        } catch (Failure failure) {
            return wherever(moves, List.of(reason(failure)));
        }
        try (GuestLock lock = locks.take(seen.uuid(), seen.name(), MigrateGuest.OPERATION, terms.lockWait())) {
            return held(asked.hosts, lock, seen, moves);
        }
    }

    private List<Obstacle> held(OpenPool hosts, GuestLock lock, Guest seen, List<Move> moves) {
        Guest guest;
        Definition definition;
        try {
            Hypervisor source = hosts.host(moves.get(0).from());
            guest = source.guest(lock.guest()).orElse(seen);
            definition = Definition.parse(source.definition(guest.uuid()));
            List<Reason> own = obstacles.ofGuest(source, guest, definition, Method.LIVE);
            if (!own.isEmpty()) {
                return wherever(moves, own);
            }
        } catch (Failure failure) {
            return wherever(moves, List.of(reason(failure)));
        }
        List<Obstacle> found = new ArrayList<>();
        for (Move move : moves) {
            List<Reason> reasons = betweenHosts(hosts, move, guest, definition);
            if (!reasons.isEmpty()) {
                found.add(new Obstacle(move, false, reasons));
            }
        }
        return found;
    }

    private List<Reason> betweenHosts(OpenPool hosts, Move move, Guest guest, Definition definition) {
        try {
            return obstacles.betweenHosts(
                    new MigrationJob(
                            hosts.host(move.from()),
                            hosts.host(move.to()),
                            guest,
                            definition,
                            terms.sharedDisks().contains(guest.name()),
                            new NothingNoted(),
                            Progress.NONE),
                    hosts);
        } catch (Failure failure) {
            return List.of(reason(failure));
        }
    }

    private static List<Obstacle> wherever(List<Move> moves, List<Reason> reasons) {
        return moves.stream().map(move -> new Obstacle(move, true, reasons)).toList();
    }

    private static Reason reason(Failure failure) {
        return new Reason(failure.code(), failure.getMessage(), failure.hint());
    }
}
