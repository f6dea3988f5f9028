package org.vfrt.core.migrate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Rejection;

/** Remembers what the road says of moves, so that a plan can be made around what is in the way. Asks about no move twice. */
final class Detours {

    private static final GuestLoad.Bound UNASKED = new GuestLoad.Bound(
            Rejection.Code.OBSTACLE, "something is in the way of so many others that it was not asked about this one");

    private final Road road;
    private final Set<Move> asked = new HashSet<>();
    /** By guest. */
    private final Map<String, List<Reason>> wherever = new LinkedHashMap<>();
    /** By guest and host. */
    private final Map<String, Map<String, List<Reason>>> towards = new LinkedHashMap<>();

    private boolean given;

    Detours(Road road) {
        this.road = road;
    }

    /** Asks about the moves, and returns whether nothing is in the way of any. */
    boolean areClear(List<Move> moves) {
        List<Move> unasked = moves.stream().filter(asked::add).toList();
        List<Road.Obstacle> found = unasked.isEmpty() ? List.of() : road.obstacles(unasked);
        for (Road.Obstacle obstacle : found) {
            String guest = obstacle.move().guest();
            List<Reason> reasons = obstacle.reasons().stream()
                    .map(reason -> about(guest, reason))
                    .toList();
            if (obstacle.wherever()) {
                wherever.put(guest, reasons);
            } else {
                towards.computeIfAbsent(guest, first -> new LinkedHashMap<>())
                        .put(obstacle.move().to(), reasons);
            }
        }
        return found.isEmpty();
    }

    private static Reason about(String guest, Reason reason) {
        String name = "guest '" + guest + "'";
        return reason.text().startsWith(name)
                ? reason
                : new Reason(reason.code(), name + ": " + reason.text(), reason.hint());
    }

    /** Asks about no more: guests of which nothing is known stay. */
    void giveUp() {
        given = true;
    }

    boolean any() {
        return given || !wherever.isEmpty() || !towards.isEmpty();
    }

    /** Returns a pool in which the guests stay that cannot go, and none goes where it cannot come. */
    PoolLoad on(PoolLoad pool) {
        return pool.withGuests(guest -> {
            List<Reason> own = ofGuest(guest.name());
            if (!own.isEmpty()) {
                return guest.bound().isPresent() ? guest : guest.staying(bound(own));
            }
            if (given && guest.bound().isEmpty()) {
                return guest.staying(UNASKED);
            }
            Map<String, GuestLoad.Bound> barred = new LinkedHashMap<>();
            towards.getOrDefault(guest.name(), Map.of()).forEach((host, reasons) -> barred.put(host, bound(reasons)));
            return guest.alsoBarredFrom(barred);
        });
    }

    private static GuestLoad.Bound bound(List<Reason> reasons) {
        return new GuestLoad.Bound(
                Rejection.Code.OBSTACLE, reasons.stream().map(Reason::text).collect(Collectors.joining("; ")));
    }

    /** Returns why a guest goes nowhere; empty when nothing is known of that kind. */
    List<Reason> ofGuest(String guest) {
        return wherever.getOrDefault(guest, List.of());
    }

    /** Returns why a guest goes nowhere that others are kept together with, as it was told to the planner; empty when it is of none. */
    Optional<Reason> ofCompanion(String bound) {
        return wherever.values().stream()
                .filter(reasons -> bound(reasons).reason().equals(bound))
                .map(reasons -> reasons.get(0))
                .findFirst();
    }

    /** Returns all that is in the way of a guest. */
    List<Reason> of(String guest) {
        return Stream.concat(
                        ofGuest(guest).stream(),
                        towards.getOrDefault(guest, Map.of()).values().stream().flatMap(List::stream))
                .distinct()
                .toList();
    }

    /** Returns all that was found about some guests. */
    List<Reason> found(List<String> guests) {
        List<Reason> all = new ArrayList<>();
        guests.forEach(guest -> all.addAll(of(guest)));
        return all;
    }

    /** Returns what to do about what is in the way of a guest; empty when nothing is known. */
    String hints(String guest) {
        return of(guest).stream()
                .map(Reason::hint)
                .filter(hint -> !hint.isEmpty())
                .distinct()
                .collect(Collectors.joining(" "));
    }
}
