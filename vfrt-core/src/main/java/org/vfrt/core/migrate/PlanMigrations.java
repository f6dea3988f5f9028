package org.vfrt.core.migrate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.ChooseHost;
import org.vfrt.core.placement.ExplainPlan;
import org.vfrt.core.placement.Forecast;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.Metric;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.Plan;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PlanMoves;
import org.vfrt.core.placement.PlannedMove;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Precopy;
import org.vfrt.core.placement.Rejection;
import org.vfrt.core.placement.Score;

/**
 * Plans migrations: of all guests of a host to others, or of some in the pool to even out its use. What only evens out use leaves alone a guest that
 * was moved lately, and one that cannot be moved without standing still for long; and it sends none back to where it came from.
 */
public final class PlanMigrations {

    /** After a move a guest stays for so long; after each further one within the window, for twice as long as before. */
    static final Duration COOLDOWN = Duration.ofMinutes(30);

    static final Duration WINDOW = Duration.ofHours(8);

    /** Any will do, as long as it is the same each time: the same pool gives the same plan. */
    private static final long SEED = 1;

    /** Each round bars another way of some guest: more of them than hosts, by far, are not needed. */
    private static final int ROUNDS_MAX = 50;

    /** Nobody reads more guests than so many, each with all hosts. */
    private static final int EXPLAINED_MAX = 100;

    private static final long MIB = 1 << 20;

    private final MigrationHistory history;
    private final Clock clock;

    public PlanMigrations(MigrationHistory history, Clock clock) {
        this.history = history;
        this.clock = clock;
    }

    /**
     * What is to be planned.
     *
     * @param emptied the host whose guests are to go; empty to even out the pool
     * @param candidates whether to say of each move what the other hosts were worth
     */
    public record Task(Optional<String> emptied, Guards guards, boolean candidates) {}

    /**
     * A guest that stays for now, or does not go to some host.
     *
     * @param obstacle whether it would be moved if that were not in the way
     */
    public record Held(String guest, String host, Reason why, boolean obstacle) {}

    /**
     * What was planned.
     *
     * @param idle why the plan has no moves; empty when it has some
     * @param held the guests that were left alone
     * @param notes what an operator should know
     */
    public record Outcome(PlanDocument document, Optional<Reason> idle, List<Held> held, List<String> notes) {

        public Outcome {
            held = List.copyOf(held);
            notes = List.copyOf(notes);
        }
    }

    /**
     * Plans. What the road says is in the way of a move is planned around: the guest goes elsewhere, or stays.
     *
     * @throws Refused when a guest of the host that is to be emptied can go nowhere; every such guest is in it, with the reasons of each host
     * @throws Busy when that is so only because other operations hold them
     * @throws NotFound when the pool has no such host
     * @throws Temporary when that host does not answer, or none does
     */
    public Outcome run(PoolLoad pool, Task task, Road road) {
        pool.demandAnswer();
        PoolLoad known = pool.withGuests(guest -> guest.writing(history.dirtyBytesPerSecond(guest.uuid())));
        Detours detours = new Detours(road);
        for (int i = 0; i < ROUNDS_MAX; i++) {
            Optional<Outcome> outcome = plan(known, task, detours);
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        detours.giveUp();
        return plan(known, task, detours).orElseThrow();
    }

    private Optional<Outcome> plan(PoolLoad known, Task task, Detours detours) {
        return task.emptied().isPresent()
                ? evacuation(known, task.emptied().get(), task, detours)
                : balance(known, task, detours);
    }

    /** Returns nothing when something new is found to be in the way. */
    private Optional<Outcome> evacuation(PoolLoad whole, String emptied, Task task, Detours detours) {
        PoolLoad pool = detours.on(whole);
        HostLoad host = pool.hosts().stream()
                .filter(one -> one.name().equals(emptied))
                .findFirst()
                .orElseThrow(() ->
                        new NotFound("no-such-host", "there is no host '" + emptied + "' in the configuration", ""));
        if (host.state() == HostLoad.State.UNKNOWN) {
            throw new Temporary(
                    "host-silent",
                    "host '" + emptied + "' does not answer, and nobody else can make its guests go",
                    "Look at it with 'vfrt host check " + emptied + "'.");
        }
        PoolLoad seen = pool.with(emptied, HostLoad.State.LEAVING);
        Plan plan = planner(task).run(seen, PlanMoves.Goal.RULES);
        // Before anything is refused: whoever is told of the guests that cannot go is told of all of them.
        if (!detours.areClear(plan.moves())) {
            return Optional.empty();
        }
        long guests = pool.guests().stream()
                .filter(guest -> guest.host().equals(emptied))
                .count();
        if (!plan.unsolved().isEmpty()) {
            String message = "host '" + emptied + "' is not emptied: "
                    + plan.unsolved().size() + " of its " + guests + " guest(s) cannot go elsewhere";
            List<Reason> homeless = plan.unsolved().stream()
                    .flatMap(unsolved -> homeless(unsolved, detours).stream())
                    .toList();
            throw homeless.stream().allMatch(reason -> reason.code().equals(GuestLocks.BUSY))
                    ? new Busy(message, homeless)
                    : new Refused(message, homeless);
        }
        Optional<Reason> idle = plan.moves().isEmpty()
                ? Optional.of(new Reason("host-empty", "no guest runs on host '" + emptied + "'", ""))
                : Optional.empty();
        return Optional.of(outcome(seen, plan, PlanMoves.Goal.RULES, task, idle, List.of()));
    }

    private static List<Reason> homeless(Plan.Unsolved unsolved, Detours detours) {
        List<Reason> own = detours.ofGuest(unsolved.guest());
        return own.isEmpty() ? List.of(placeless(unsolved, detours)) : own;
    }

    private static Reason placeless(Plan.Unsolved unsolved, Detours detours) {
        String guest = "guest '" + unsolved.guest() + "'";
        Set<Rejection> everywhere = unsolved.candidates().stream()
                .map(candidate -> (Set<Rejection>) new HashSet<>(candidate.rejections()))
                .reduce((some, others) -> {
                    some.retainAll(others);
                    return some;
                })
                .orElse(Set.of());
        // What is the guest's own fault every host would say in the same words.
        Optional<Rejection> own = everywhere.stream()
                .filter(rejection -> rejection.code() == Rejection.Code.PASSTHROUGH
                        || rejection.code() == Rejection.Code.PV_GUEST
                        || rejection.code() == Rejection.Code.HYPERVISOR
                        || rejection.code() == Rejection.Code.OBSTACLE
                        || rejection.code() == Rejection.Code.STATE)
                .findFirst();
        if (own.filter(rejection -> rejection.code() == Rejection.Code.OBSTACLE).isPresent()) {
            return detours.ofCompanion(own.get().text())
                    .map(why -> new Reason(why.code(), guest + " goes with others: " + why.text(), why.hint()))
                    .orElseGet(() -> new Reason("no-host-fits", own.get().text(), detours.hints(unsolved.guest())));
        }
        if (own.isPresent()) {
            return new Reason(
                    "no-host-fits",
                    guest + ": " + own.get().text() + " (" + own.get().code().text() + ")",
                    own.get().code() == Rejection.Code.STATE
                            ? "Let it run first ('virsh resume " + unsolved.guest()
                                    + "', if it is paused), or shut it down."
                            : "Shut it down, or move it another way.");
        }
        String hint = detours.hints(unsolved.guest());
        return new Reason(
                "no-host-fits",
                guest + ": " + reasons(unsolved.candidates()).replace(guest + ": ", ""),
                hint.isEmpty() ? whatToDo(unsolved.candidates()) : hint);
    }

    private static String whatToDo(List<Candidate> candidates) {
        if (candidates.isEmpty()) {
            return "Name another host in the configuration, or shut the guest down.";
        }
        boolean silent = candidates.stream()
                .flatMap(candidate -> candidate.rejections().stream())
                .allMatch(rejection -> rejection.code() == Rejection.Code.STALE_METRICS);
        return silent && candidates.stream().noneMatch(Candidate::accepted)
                ? "Look at the hosts that do not answer, with 'vfrt host check'."
                : "Make room for it, change the rule that forbids it, or shut it down.";
    }

    private static String reasons(List<Candidate> candidates) {
        if (candidates.isEmpty()) {
            return "there is no other host";
        }
        return candidates.stream()
                .map(candidate -> "'" + candidate.host() + "'" + reasons(candidate))
                .collect(Collectors.joining("; "));
    }

    private static String reasons(Candidate candidate) {
        if (candidate.accepted()) {
            return " has room for it, but that would break a rule about another guest, or leave others without room";
        }
        String all = candidate.rejections().stream()
                .map(rejection -> rejection.text() + " (" + rejection.code().text() + ")")
                .collect(Collectors.joining(", "));
        // What a host lacks is said of the host, and what is in the way is not.
        return (candidate.rejections().get(0).code() == Rejection.Code.OBSTACLE ? ": " : " ") + all;
    }

    /** Returns nothing when something new is found to be in the way. */
    private Optional<Outcome> balance(PoolLoad whole, Task task, Detours detours) {
        PoolLoad pool = detours.on(whole);
        // What breaks rules goes, however lately it came.
        Plan mending = planner(task).run(pool, PlanMoves.Goal.RULES);
        Set<String> asked = new HashSet<>();
        mending.moves().forEach(move -> asked.add(move.guest()));
        mending.unsolved().forEach(unsolved -> asked.add(unsolved.guest()));
        Map<String, GuestLoad.Bound> staying = new LinkedHashMap<>();
        for (GuestLoad guest : pool.guests()) {
            if (guest.bound().isEmpty() && !asked.contains(guest.name())) {
                stays(guest, pool.hosts()).ifPresent(why -> staying.put(guest.name(), why));
            }
        }
        Map<String, Map<String, GuestLoad.Bound>> left = new LinkedHashMap<>();
        for (GuestLoad guest : pool.guests()) {
            if (guest.bound().isEmpty() && !asked.contains(guest.name()) && !staying.containsKey(guest.name())) {
                left.put(guest.name(), leftLately(guest));
            }
        }
        left.values().removeIf(Map::isEmpty);
        PoolLoad held = pool.withGuests(guest -> Optional.ofNullable(staying.get(guest.name()))
                .map(guest::staying)
                .orElseGet(() -> guest.alsoBarredFrom(left.getOrDefault(guest.name(), Map.of()))));
        Plan plan = planner(task).run(held, PlanMoves.Goal.BALANCE);
        if (!detours.areClear(plan.moves())) {
            return Optional.empty();
        }
        boolean limited = !staying.isEmpty() || !left.isEmpty() || detours.any();
        Optional<Reason> idle = plan.moves().isEmpty()
                ? Optional.of(idle(whole, plan, task, limited, !left.isEmpty()))
                : Optional.empty();
        List<Held> alone = new ArrayList<>();
        for (GuestLoad guest : pool.guests()) {
            detours.of(guest.name()).forEach(why -> alone.add(new Held(guest.name(), guest.host(), why, true)));
            Optional.ofNullable(staying.get(guest.name()))
                    .ifPresent(why -> alone.add(new Held(guest.name(), guest.host(), reason(why), false)));
            // One that may go elsewhere is not held; only where nothing moves it matters where it may not go.
            if (idle.isPresent()) {
                left.getOrDefault(guest.name(), Map.of())
                        .forEach((host, why) -> alone.add(new Held(guest.name(), guest.host(), reason(why), false)));
            }
            if (idle.isPresent()
                    && task.candidates()
                    && !staying.containsKey(guest.name())
                    && detours.of(guest.name()).isEmpty()
                    && pool.guests().size() <= EXPLAINED_MAX) {
                fitsNowhere(held, guest)
                        .ifPresent(why -> alone.add(new Held(guest.name(), guest.host(), reason(why), false)));
            }
        }
        return Optional.of(outcome(held, plan, PlanMoves.Goal.BALANCE, task, idle, alone));
    }

    private static Reason reason(GuestLoad.Bound why) {
        return new Reason(why.code().text(), why.reason(), "");
    }

    /** Why no other host takes the guest, where none does. */
    private static Optional<GuestLoad.Bound> fitsNowhere(PoolLoad pool, GuestLoad guest) {
        List<Candidate> candidates = new ChooseHost(Metric.BALANCE).run(pool, guest.name());
        return candidates.isEmpty() || candidates.stream().anyMatch(Candidate::accepted)
                ? Optional.empty()
                : Optional.of(new GuestLoad.Bound(
                        candidates.get(0).rejections().get(0).code(), reasons(candidates)));
    }

    /** The hosts that the guest left within the window, and is not on again. */
    private Map<String, GuestLoad.Bound> leftLately(GuestLoad guest) {
        Instant now = clock.instant();
        Map<String, GuestLoad.Bound> barred = new LinkedHashMap<>();
        history.leftSince(guest.uuid(), now.minus(WINDOW)).forEach((host, at) -> {
            if (!host.equals(guest.host())) {
                barred.put(
                        host,
                        new GuestLoad.Bound(
                                Rejection.Code.LEFT_LATELY,
                                "it left '" + host + "' "
                                        + Math.max(0, Duration.between(at, now).toMinutes())
                                        + " min ago: it does not go back for " + WINDOW.toHours() + " h"));
            }
        });
        return barred;
    }

    private Optional<GuestLoad.Bound> stays(GuestLoad guest, List<HostLoad> hosts) {
        return cooldown(guest).or(() -> writing(guest, hosts));
    }

    private Optional<GuestLoad.Bound> cooldown(GuestLoad guest) {
        Instant now = clock.instant();
        Optional<Instant> last = history.lastMove(guest.uuid());
        long moves = history.records().stream()
                .filter(record -> record.guest().equals(guest.uuid()))
                .filter(record -> record.at().isAfter(now.minus(WINDOW)))
                .count();
        if (last.isEmpty() || moves == 0) {
            return Optional.empty();
        }
        Duration cooldown = COOLDOWN;
        for (long i = 1; i < moves && cooldown.compareTo(WINDOW) < 0; i++) {
            cooldown = cooldown.multipliedBy(2);
        }
        Duration stay = cooldown.compareTo(WINDOW) < 0 ? cooldown : WINDOW;
        Duration since = Duration.between(last.get(), now);
        return since.compareTo(stay) < 0
                ? Optional.of(new GuestLoad.Bound(
                        Rejection.Code.COOLDOWN,
                        "it was moved " + Math.max(0, since.toMinutes()) + " min ago"
                                + (moves > 1 ? ", " + moves + " times within 8 h" : "") + ": it stays for "
                                + stay.toMinutes() + " min"))
                : Optional.empty();
    }

    /** On whichever line: which one a plan would take is not known before it is made. */
    private Optional<GuestLoad.Bound> writing(GuestLoad guest, List<HostLoad> hosts) {
        if (guest.dirtyBytesPerSecond() == 0) {
            return Optional.empty();
        }
        return hosts.stream()
                .filter(host ->
                        host.state() == HostLoad.State.ONLINE && !host.name().equals(guest.host()))
                .map(host -> predict(guest, host.name()).precopy())
                .filter(precopy -> !precopy.converges())
                .findFirst()
                .map(precopy -> new GuestLoad.Bound(
                        Rejection.Code.DIRTY_RATE,
                        "it writes to its memory at " + Math.round(100 * precopy.dirtyShare())
                                + " % of the rate it can be sent at: it would stand still for long"));
    }

    private MigrationHistory.Prediction predict(GuestLoad guest, String to) {
        return history.predict(guest.uuid(), guest.host(), to, guest.need().memoryBytes());
    }

    /**
     * Says why nothing is moved.
     *
     * @param whole the pool as if every guest could go
     * @param limited whether some could not
     * @param back whether some could not go back
     */
    private static Reason idle(PoolLoad whole, Plan plan, Task task, boolean limited, boolean back) {
        Guards guards = task.guards();
        Score score = plan.before();
        String index = number(score.index(Metric.BALANCE));
        if (score.breaksRules()) {
            return new Reason(
                    "rules-stay-broken",
                    "nothing that mends it: rules or limits are broken, and no plan was found that breaks fewer",
                    limited
                            ? "See what is in the way of the guests that stay, with '--explain'."
                            : "Look for rules that contradict each other, or make room.");
        }
        boolean even = score.overload() == 0 && score.index(Metric.BALANCE) <= guards.triggerIndex();
        if (even) {
            return new Reason(
                    "even-enough",
                    "nothing to do: the index is " + index + ", and up to " + number(guards.triggerIndex())
                            + " the pool is even enough",
                    "");
        }
        if (guards.movesMax() == 0) {
            return new Reason(
                    "no-moves-allowed", "nothing to do: the index is " + index + ", and no moves are allowed", "");
        }
        if (limited && !planner(task).run(whole, PlanMoves.Goal.BALANCE).moves().isEmpty()) {
            return new Reason(
                    "held-back",
                    "nothing to do for now: the index is " + index
                            + ", and what would better it are moves of guests that stay"
                            + (back ? ", or back to hosts that guests left lately" : ""),
                    "");
        }
        return new Reason(
                "no-gain",
                "nothing to do: the index is " + index + ", and no move takes enough off it to be worth a migration",
                "");
    }

    private static PlanMoves planner(Task task) {
        return new PlanMoves(Metric.BALANCE, task.guards(), SEED);
    }

    private Outcome outcome(
            PoolLoad seen, Plan plan, PlanMoves.Goal goal, Task task, Optional<Reason> idle, List<Held> held) {
        List<PlannedMove> moves = new ExplainPlan(Metric.BALANCE)
                .run(seen, plan, (guest, move) -> forecast(guest, move), task.candidates());
        List<PlanDocument.Place> hosts = seen.hosts().stream()
                .map(host -> new PlanDocument.Place(
                        host.name(),
                        host.state(),
                        seen.guests().stream()
                                .filter(guest -> guest.host().equals(host.name()))
                                .map(GuestLoad::name)
                                .toList()))
                .toList();
        return new Outcome(
                new PlanDocument(clock.instant(), task.emptied(), goal, SEED, hosts, plan, moves),
                idle,
                held,
                notes(plan, goal, held));
    }

    /** In whole milliseconds, as they are written down. */
    private Forecast forecast(GuestLoad guest, Move move) {
        MigrationHistory.Prediction prediction = predict(guest.on(move.from()), move.to());
        Precopy precopy = prediction.precopy();
        return new Forecast(
                new Precopy(up(precopy.duration()), up(precopy.pause()), precopy.dirtyShare()), prediction.from());
    }

    private static Duration up(Duration duration) {
        return Duration.ofMillis(duration.plusNanos(999_999).toMillis());
    }

    private List<String> notes(Plan plan, PlanMoves.Goal goal, List<Held> held) {
        List<String> notes = new ArrayList<>();
        long obstructed = held.stream()
                .filter(one -> one.obstacle())
                .map(Held::guest)
                .distinct()
                .count();
        if (!plan.moves().isEmpty() && obstructed > 0) {
            notes.add("something is in the way of " + obstructed
                    + " guest(s), which the plan goes around; '--explain' says what");
        }
        if (!plan.moves().isEmpty() && !history.measured()) {
            notes.add(MigrationHistory.ASSUMED);
        }
        for (Plan.Unsolved unsolved : plan.unsolved()) {
            notes.add("guest '" + unsolved.guest() + "' must not be on host '" + unsolved.host()
                    + "', and has no other place: " + reasons(unsolved.candidates()));
        }
        if (goal == PlanMoves.Goal.RULES && plan.after().breaksRules()) {
            notes.add(
                    "on other hosts rules are broken or limits exceeded, which a host that is emptied does not mend: see"
                            + " 'vfrt migrate pool'");
        }
        if (plan.after().shortfallBytes() > 0) {
            notes.add("when a host dies, guests of "
                    + String.format(Locale.ROOT, "%,d MiB", (plan.after().shortfallBytes() + MIB - 1) / MIB)
                    + " may find no place");
        }
        if (plan.cut() && goal == PlanMoves.Goal.BALANCE) {
            notes.add("the number of moves or the time for the search ended the plan: there may be more to gain");
        }
        return notes;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
