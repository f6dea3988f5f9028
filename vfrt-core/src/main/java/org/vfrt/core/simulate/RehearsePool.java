package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.config.Durations;
import org.vfrt.core.config.StandbySettings;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.placement.Facility;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.standby.Ledger;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyRules;
import org.vfrt.core.standby.StandbyStatus;

/**
 * Makes a scenario of a pool as it is: its hosts with their fence devices and the memory that they have for protected guests, these with
 * what is ordered and claimed of them, and as steps the death of each host that runs any, one after the other.
 */
public final class RehearsePool {

    private static final String MACHINE = "m1";
    private static final Duration HEALTHY = Duration.ofSeconds(2);
    private static final Duration CAPTURE = Duration.ofSeconds(5);
    private static final Duration START = Duration.ofSeconds(10);

    private final StandbyStatus.Outcome standby;
    private final PoolLoad load;
    private final StandbySettings settings;
    private final Map<UUID, GuestLoad> running = new HashMap<>();
    private final Map<UUID, StandbyStatus.Row> rows = new HashMap<>();
    private final Set<String> words = new HashSet<>();
    private final List<String> notes = new ArrayList<>();

    /**
     * @param standby what is ordered and claimed
     * @param load what hosts have and carry now
     * @param settings which devices, leases and evidence there are
     */
    public RehearsePool(StandbyStatus.Outcome standby, PoolLoad load, StandbySettings settings) {
        this.standby = standby;
        this.load = load;
        this.settings = settings;
    }

    /**
     * What is to be played.
     *
     * @param notes what was assumed, for people
     */
    public record Rehearsal(Scenario scenario, List<String> notes) {

        public Rehearsal {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Makes it. To be called once.
     *
     * @throws Refused when no guest is protected: then no host's death has anything done
     */
    public Rehearsal run() {
        for (StandbyStatus.Row row : standby.guests()) {
            if (row.claim()
                    .filter(claim -> claim.phase() != Claim.Phase.RELEASED)
                    .isPresent()) {
                rows.put(row.protection().guest(), row);
            }
        }
        if (rows.isEmpty()) {
            throw new Refused(
                    "nothing-protected",
                    "no guest of this pool is protected: whatever dies, nothing would be done",
                    "Protect one with 'vfrt standby protect GUEST', or play one of 'src-test-fixtures/scenarios'.");
        }
        load.guests().forEach(guest -> running.put(guest.uuid(), guest));
        words.addAll(List.of(MACHINE, SimulatedPool.REGISTER, SimulatedPool.STORAGE));
        load.hosts().forEach(host -> words.add(host.name()));
        List<Scenario.HostWish> hosts = load.hosts().stream().map(this::host).toList();
        Map<UUID, String> names = new HashMap<>();
        List<StandbyStatus.Row> ordered = rows.values().stream()
                .sorted(Comparator.comparing(row -> row.protection().name()))
                .toList();
        ordered.forEach(
                row -> names.put(row.protection().guest(), word(row.protection().name())));
        List<Scenario.GuestWish> guests =
                ordered.stream().map(row -> guest(row, names)).toList();
        standby.disarmed()
                .ifPresent(why -> notes.add("failover is disarmed now (" + why + "); in the rehearsal it is armed"));
        Controller.Rules rules =
                new Controller.Rules(StandbyRules.DEFAULT, EnumSet.copyOf(settings.evidence()), Duration.ofSeconds(60));
        return new Rehearsal(
                new Scenario("this pool", hosts, guests, List.of(MACHINE), rules, steps(hosts, guests)), notes);
    }

    private Scenario.HostWish host(HostLoad host) {
        List<List<String>> levels = settings.fence(host.name()).stream()
                .map(level ->
                        level.stream().map(FenceSettings::name).map(this::word).toList())
                .toList();
        return new Scenario.HostWish(
                host.name(), Optional.empty(), Optional.of(memoryMib(host)), true, settings.watchdog(), levels);
    }

    /** What guests that are not protected take is not there for those that are. */
    private int memoryMib(HostLoad host) {
        if (host.state() == HostLoad.State.UNKNOWN) {
            notes.add("host '" + host.name() + "' does not answer: it is taken for one without memory for others");
            return 0;
        }
        long others = load.guests().stream()
                .filter(guest -> guest.host().equals(host.name()) && !rows.containsKey(guest.uuid()))
                .mapToLong(guest -> guest.need().memoryBytes())
                .sum();
        long room = host.limit().memoryBytes() - host.taken().memoryBytes() - others;
        return (int) Math.min(Integer.MAX_VALUE, Math.max(0, room) >> 20);
    }

    private Scenario.GuestWish guest(StandbyStatus.Row row, Map<UUID, String> names) {
        Protection protection = row.protection();
        Optional<GuestLoad> there = Optional.ofNullable(running.get(protection.guest()));
        if (there.isEmpty()) {
            notes.add("guest '" + protection.name()
                    + "' runs on no host that answers: its memory is not known, and counts for nothing");
        }
        return new Scenario.GuestWish(
                names.getOrDefault(protection.guest(), protection.name()),
                row.claim().orElseThrow().at().host(),
                there.map(guest -> (int) ((guest.need().memoryBytes() + (1 << 20) - 1) >> 20))
                        .orElse(0),
                true,
                protection
                        .standby()
                        .filter(standbyHost -> !standbyHost.equals(
                                row.claim().orElseThrow().at().host())),
                protection.tier(),
                protection.interval(),
                protection.priority(),
                protection.after().stream()
                        .filter(names::containsKey)
                        .map(names::get)
                        .toList(),
                protection.recover(),
                protection.returns(),
                there.filter(guest -> !isShared(guest, protection)).isPresent(),
                false,
                CAPTURE,
                row.last().flatMap(Ledger.Line::took).orElse(START),
                HEALTHY);
    }

    /** Whether its disks are seen where it is to come back. */
    private boolean isShared(GuestLoad guest, Protection protection) {
        Set<Facility> needed = guest.facilities().stream()
                .filter(facility -> facility.kind() == Facility.Kind.STORAGE)
                .collect(Collectors.toSet());
        return load.hosts().stream()
                .filter(host -> protection.standby().map(host.name()::equals).orElse(true))
                .filter(host -> !host.name().equals(guest.host()))
                .anyMatch(host -> host.facilities().containsAll(needed));
    }

    private List<Scenario.Step> steps(List<Scenario.HostWish> hosts, List<Scenario.GuestWish> guests) {
        Duration until = guests.stream()
                .map(guest -> guest.interval().multipliedBy(2).plus(guest.capture()))
                .max(Comparator.naturalOrder())
                .orElse(CAPTURE)
                .plusSeconds(30);
        String wait = "run " + Durations.format(Duration.ofSeconds(until.toSeconds() + 1));
        Set<String> dying = new LinkedHashSet<>();
        hosts.stream()
                .map(Scenario.HostWish::name)
                .filter(host -> guests.stream().anyMatch(guest -> guest.on().equals(host)))
                .forEach(dying::add);
        List<String> lines = new ArrayList<>();
        for (String host : dying) {
            lines.add(wait);
            lines.add("power " + host + " off");
            lines.add("alert " + host + " rehearsal-" + host);
            if (!isProvenByItself(host)) {
                notes.add("nothing proves by itself that host '" + host
                        + "' is dead: in the rehearsal a person confirms it, as 'vfrt standby confirm-dead' does");
                lines.add("ask " + host);
                lines.add("confirm " + host + " by somebody");
                lines.add("alert " + host + " rehearsal-" + host);
            }
            lines.add("status");
            lines.add("power " + host + " on");
            lines.add("rejoin " + host);
            lines.add(wait);
            guests.stream()
                    .filter(guest -> guest.on().equals(host) && !guest.returns())
                    .forEach(guest -> lines.add("failback " + guest.name()));
            // Else the next one would be one too many in so short a time.
            lines.add("run " + Durations.format(StandbyRules.DEFAULT.hostsWithin()));
        }
        return lines.stream()
                .map(line -> new Scenario.Step(List.of(line.split(" ", -1)), "step"))
                .toList();
    }

    private boolean isProvenByItself(String host) {
        return (!settings.fence(host).isEmpty() && settings.evidence().contains(Evidence.Kind.FENCED))
                || (settings.watchdog().isPresent() && settings.evidence().contains(Evidence.Kind.SELF_FENCED));
    }

    /** Names are words of sentences, each for one thing. */
    private String word(String name) {
        String base = name.replaceAll("[\\s:|]+", "_");
        String word = base;
        for (int number = 2; !words.add(word); number++) {
            word = base + "-" + number;
        }
        return word;
    }
}
