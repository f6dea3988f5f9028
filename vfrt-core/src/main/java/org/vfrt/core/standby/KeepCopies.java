package org.vfrt.core.standby;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;

/** Takes the captures that are due, so many at a time, and sounds the alarm when a copy is older than was promised. Remembers what goes on; for one thread. */
final class KeepCopies {

    /** A stream that went on for so long was no failure to begin one, whatever ended it. */
    private static final Duration LONG = Duration.ofMinutes(2);
    /** So long all that was stopped may take to leave its guests alone, when this controller ends. */
    private static final Duration GOODBYE = Duration.ofSeconds(60);

    private final StandbyWorld world;
    private final boolean stays;
    private final Protections protections;
    private final BackOff<UUID> backOff;
    private final Map<UUID, Running> running = new HashMap<>();
    private final Map<UUID, Duration> begun = new HashMap<>();
    private final Map<String, Duration> silentSince = new HashMap<>();

    /** @param stays whether streams can be kept: they last as long as who keeps them */
    KeepCopies(StandbyWorld world, boolean stays) {
        this.world = world;
        this.stays = stays;
        this.protections = new Protections(world.register());
        this.backOff = new BackOff<>(world.ticker(), world.rules().backOffMost());
    }

    /** @param last when its last capture was begun */
    private record Due(Protection protection, Claim claim, Duration last) {}

    /**
     * @param since when it was begun
     * @param flows whether an epoch of it was complete: all of the guest's memory has come
     */
    private record Running(
            Tier tier,
            Duration interval,
            String from,
            String to,
            Duration since,
            StandbyCaptures.Feed feed,
            boolean flows) {

        Running flowing() {
            return new Running(tier, interval, from, to, since, feed, true);
        }
    }

    /** @param alive the boots under which hosts answered */
    void round(
            List<Protection> all,
            Map<UUID, Claim> claims,
            Map<String, String> alive,
            List<String> done,
            List<Reason> alarms) {
        noteSilence(alive);
        List<Due> due = new ArrayList<>();
        for (Protection before : all) {
            Claim claim = claims.get(before.guest());
            if (claim != null && streamsOn(before, claim, alive)) {
                look(before, claim, done, alarms);
                alarm(before, alarms);
                continue;
            }
            if (claim != null && hasLeft(before, claim)) {
                abandon(before.guest());
                continue;
            }
            if (claim == null || claim.phase() != Claim.Phase.HELD || !runs(claim.at(), alive)) {
                end(before.guest());
                continue;
            }
            Protection protection = placed(before, claim, alive, done, alarms);
            look(protection, claim, done, alarms);
            alarm(protection, alarms);
            if (isDue(protection, claim, alive)) {
                due.add(new Due(protection, claim, begun.getOrDefault(protection.guest(), Duration.ZERO)));
            }
        }
        due.sort(Comparator.comparing(Due::last));
        due.forEach(one -> begin(one.protection, one.claim, done, alarms));
        running.keySet().stream()
                .filter(guest -> all.stream().noneMatch(one -> one.guest().equals(guest)))
                .toList()
                .forEach(this::end);
    }

    /** Looks at what goes on, and begins nothing. */
    void look(List<Protection> all, Map<UUID, Claim> claims, List<String> done, List<Reason> alarms) {
        for (Protection protection : all) {
            Claim claim = claims.get(protection.guest());
            if (claim != null) {
                look(protection, claim, done, alarms);
                alarm(protection, alarms);
            }
        }
    }

    boolean capturing() {
        return running.values().stream().anyMatch(one -> one.tier == Tier.WARM);
    }

    /** Ends all that goes on: this controller leads no more. */
    void endAll() {
        List<Running> ended = List.copyOf(running.values());
        List.copyOf(running.keySet()).forEach(this::end);
        Duration until = world.ticker().elapsed().plus(GOODBYE);
        ended.forEach(one -> {
            Duration rest = until.minus(world.ticker().elapsed());
            one.feed.awaitEnd(rest.isNegative() ? Duration.ZERO : rest);
        });
    }

    /** A host that does not answer here may still send: a stream ends by itself when it does not, and to begin it anew takes all of the guest's memory. */
    private boolean streamsOn(Protection protection, Claim claim, Map<String, String> alive) {
        Running one = running.get(protection.guest());
        return one != null
                && one.tier != Tier.WARM
                && claim.phase() == Claim.Phase.HELD
                && !alive.containsKey(claim.at().host())
                && world.evidence().ofEnd(claim.at()).isEmpty();
    }

    private void noteSilence(Map<String, String> alive) {
        world.pool().hosts().forEach(host -> {
            if (alive.containsKey(host.name())) {
                silentSince.remove(host.name());
            } else {
                silentSince.putIfAbsent(host.name(), world.ticker().elapsed());
            }
        });
    }

    /** Whether there is evidence about the host that the copy is taken of: there is nobody to be asked there, and who starts the guest waits for what a capture holds. */
    private boolean hasLeft(Protection protection, Claim claim) {
        Running one = running.get(protection.guest());
        return one != null
                && (world.evidence().ofEnd(claim.at()).isPresent()
                        || (claim.phase() == Claim.Phase.ACTIVATING
                                && !claim.at().host().equals(one.from)));
    }

    private static boolean runs(Place place, Map<String, String> alive) {
        return place.boot().equals(alive.get(place.host()));
    }

    /** Finds another standby host where there is none, where the guest runs on it now, or where it is silent for long. */
    private Protection placed(
            Protection protection, Claim claim, Map<String, String> alive, List<String> done, List<Reason> alarms) {
        String host = claim.at().host();
        boolean onItself = protection.standby().filter(host::equals).isPresent();
        if (protection.standby().isPresent()
                && !onItself
                && !silentForLong(protection.standby().get())) {
            return protection;
        }
        if (!protection.placed() && !onItself) {
            return protection;
        }
        Placement.Ranking ranking = world.placement().rank(protection, Placement.Purpose.STANDBY, Set.of(host));
        Optional<String> next =
                ranking.fit().stream().filter(alive::containsKey).findFirst();
        if (next.isEmpty()) {
            alarms.add(new Reason(
                    "no-standby-host",
                    "guest '" + protection.name() + "' is not protected: no host can keep it ready",
                    "Bring a host back, or make room on one."));
            return protection;
        }
        Protection moved = protection.on(next);
        protections.change(protection, moved);
        done.add("guest '" + protection.name() + "' is kept ready on host '" + next.get() + "' from now on");
        return moved;
    }

    private boolean silentForLong(String host) {
        Duration since = silentSince.get(host);
        return since != null
                && world.ticker().elapsed().minus(since).compareTo(world.rules().patience()) > 0;
    }

    private void look(Protection protection, Claim claim, List<String> done, List<Reason> alarms) {
        Running one = running.get(protection.guest());
        if (one == null) {
            return;
        }
        boolean otherwise = !one.from.equals(claim.at().host())
                || one.tier != protection.tier()
                || (one.tier != Tier.WARM && !one.interval.equals(protection.interval()))
                || !protection.standby().filter(one.to::equals).isPresent();
        StandbyCaptures.Progress progress = one.feed.look();
        if (progress.failure().isPresent()) {
            Failure failure = progress.failure().get();
            alarms.add(new Reason(failure.code(), failure.getMessage(), failure.hint()));
            backOff.failed(protection.guest());
        } else if (progress.complete().isPresent()) {
            running.put(protection.guest(), one.flowing());
            if (one.tier == Tier.WARM || isOld(one)) {
                backOff.worked(protection.guest());
            }
        }
        if (otherwise || !progress.running()) {
            end(protection.guest());
            if (progress.failure().isEmpty() && !otherwise && one.tier == Tier.WARM) {
                done.add("guest '" + protection.name() + "' was captured");
            }
        }
    }

    private boolean isOld(Running one) {
        return world.ticker().elapsed().minus(one.since).compareTo(LONG) >= 0;
    }

    private void abandon(UUID guest) {
        Running one = running.remove(guest);
        if (one != null) {
            one.feed.abandon();
        }
    }

    private void end(UUID guest) {
        Running one = running.remove(guest);
        if (one != null) {
            one.feed.stop();
        }
    }

    private boolean isDue(Protection protection, Claim claim, Map<String, String> alive) {
        if (running.containsKey(protection.guest())
                || backOff.rests(protection.guest())
                || !protection.standby().filter(alive::containsKey).isPresent()
                || protection.standby().filter(claim.at().host()::equals).isPresent()) {
            return false;
        }
        if (protection.tier() != Tier.WARM) {
            return stays;
        }
        Duration last = begun.get(protection.guest());
        if (last != null) {
            return world.ticker().elapsed().minus(last).compareTo(protection.interval()) >= 0;
        }
        return age(protection)
                .filter(age -> age.compareTo(protection.interval()) < 0)
                .isEmpty();
    }

    /** Empty when there is no copy, or one from the future: a clock was set, and nothing is known. */
    private Optional<Duration> age(Protection protection) {
        Instant now = world.clock().instant();
        return world.captures()
                .newest(protection)
                .map(copy -> Duration.between(copy.instant(), now))
                .filter(age -> !age.isNegative());
    }

    private void begin(Protection protection, Claim claim, List<String> done, List<Reason> alarms) {
        long atWork = running.values().stream()
                .filter(one -> (one.tier == Tier.WARM) == (protection.tier() == Tier.WARM))
                .filter(one -> one.tier == Tier.WARM || !one.flows)
                .count();
        if (atWork >= world.rules().capturesAtOnce()) {
            return;
        }
        String from = claim.at().host();
        String to = protection.standby().orElseThrow();
        try {
            StandbyCaptures.Feed feed = world.captures().begin(protection, from, to);
            Duration now = world.ticker().elapsed();
            running.put(
                    protection.guest(),
                    new Running(protection.tier(), protection.interval(), from, to, now, feed, false));
            begun.put(protection.guest(), now);
            done.add(
                    "guest '" + protection.name() + "' is being captured on host '" + from + "' for host '" + to + "'");
        } catch (Failure e) {
            backOff.failed(protection.guest());
            alarms.add(new Reason(e.code(), "guest '" + protection.name() + "': " + e.getMessage(), e.hint()));
        }
    }

    private void alarm(Protection protection, List<Reason> alarms) {
        Optional<Duration> age = age(protection);
        if (age.isEmpty()) {
            alarms.add(new Reason(
                    "no-copy",
                    "guest '" + protection.name() + "' is not protected: there is no copy of it yet",
                    "It is taken as soon as can be; see 'vfrt standby status'."));
        } else if (age.get().compareTo(protection.promised()) > 0) {
            alarms.add(new Reason(
                    "copy-too-old",
                    "the copy of guest '" + protection.name() + "' is "
                            + age.get().toSeconds() + " s old, and "
                            + (protection.tier() == Tier.WARM
                                    ? "every " + protection.interval().toSeconds() + " s were promised"
                                    : protection.promised().toSeconds() + " s are allowed"),
                    "Look why captures take so long or fail, or promise less with '--interval'."));
        }
        if (protection.tier() != Tier.WARM && !stays) {
            alarms.add(new Reason(
                    "no-stream",
                    "guest '" + protection.name() + "' is of the tier '"
                            + protection.tier().text() + "', which only a 'vfrt standby run' that stays can keep",
                    "Run it without '--once', as a service."));
        }
    }
}
