package org.vfrt.core.evidence;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.process.Ticker;
import org.vfrt.core.text.Amounts;

/**
 * Finds evidence that boots of a host have ended: what the register has; else another boot that answers; else fence devices, level by level; else a lease that is not renewed any more.
 * A person's word is asked for when none of these is there.
 *
 * <p>The boots are known before anything is asked. A device that says off afterwards speaks of all of them, and so does a host that answers under yet another boot: a boot does not come
 * back. Whatever was found is void when the host is seen alive under the same boot afterwards.
 */
public final class ProveDeath implements Proof {

    /** The code of a refusal because the host is alive. */
    public static final String ALIVE = "host-answers";

    /** How often a device is asked whether it is done. */
    private static final Duration BEAT = Duration.ofSeconds(2);

    /** The watchdog's time is passed so many times before its host is taken for reset: two clocks may run at different speeds, and a reset takes a moment. */
    private static final int WATCHDOG_TIMES = 2;

    private final EvidenceRecords records;
    private final FenceTopology topology;
    private final Leases leases;
    private final Watch watch;
    private final Clock clock;
    private final Ticker ticker;
    private final Duration within;

    /** @param within how long one device may take to switch off, and to say so */
    public ProveDeath(
            EvidenceRecords records,
            FenceTopology topology,
            Leases leases,
            Watch watch,
            Clock clock,
            Ticker ticker,
            Duration within) {
        this.records = records;
        this.topology = topology;
        this.leases = leases;
        this.watch = watch;
        this.clock = clock;
        this.ticker = ticker;
        this.within = within;
    }

    @Override
    public List<Evidence> run(String host, Set<String> boots) {
        Found found = new Found(host, boots);
        found.missing().forEach(boot -> records.ofEnd(new Place(host, boot)).ifPresent(found::add));
        demandNotAlive(found);
        if (found.incomplete() && records.suffices(Evidence.Kind.FENCED)) {
            fence(found);
        } else if (found.incomplete()) {
            found.reasons.add(notSufficient(Evidence.Kind.FENCED));
        }
        if (found.incomplete() && records.suffices(Evidence.Kind.SELF_FENCED)) {
            awaitWatchdog(found);
        }
        if (found.incomplete()) {
            throw missing(found);
        }
        return found.all();
    }

    /** What was found so far, and why there is not more. */
    private static final class Found {

        private final String host;
        private final Set<String> boots;
        private final Map<String, Evidence> byBoot = new LinkedHashMap<>();
        private final List<Reason> reasons = new ArrayList<>();

        Found(String host, Set<String> boots) {
            this.host = host;
            this.boots = new TreeSet<>(boots);
        }

        void add(Evidence evidence) {
            byBoot.put(evidence.place().boot(), evidence);
        }

        Set<String> missing() {
            Set<String> missing = new TreeSet<>(boots);
            missing.removeAll(byBoot.keySet());
            return missing;
        }

        boolean incomplete() {
            return byBoot.size() < boots.size();
        }

        List<Evidence> all() {
            return List.copyOf(byBoot.values());
        }
    }

    /** A host that answers is alive, whatever anything says; under another boot, it tells of the end of those before. */
    private void demandNotAlive(Found found) {
        EvidenceRecords.Before before = records.before(
                found.boots.stream().map(boot -> new Place(found.host, boot)).toList());
        Optional<String> now = watch.look(found.host).boot();
        if (now.isEmpty()) {
            return;
        }
        Instant at = clock.instant();
        if (found.boots.contains(now.get())) {
            Optional<Evidence> lie = records.voidOf(before, new Place(found.host, now.get()), at);
            throw new Refused(
                    ALIVE,
                    "host '" + found.host + "' answers"
                            + lie.map(said -> ", although " + said.text() + "; that is void now")
                                    .orElse(""),
                    "It is not failed over while it answers. To move its guests, use 'vfrt standby failover --planned'.");
        }
        if (records.suffices(Evidence.Kind.REBOOTED)) {
            for (String boot : found.missing()) {
                found(found, new Evidence.Rebooted(new Place(found.host, boot), at, now.get()));
            }
        }
    }

    private void found(Found found, Evidence evidence) {
        records.write(evidence);
        found.add(evidence);
    }

    private void fence(Found found) {
        List<List<FenceDevice>> levels = topology.levels(found.host);
        if (levels.isEmpty()) {
            found.reasons.add(new Reason(
                    "no-fence-device",
                    "host '" + found.host + "' has no fence device",
                    "Name one with 'fence:' in the configuration."));
        }
        for (List<FenceDevice> level : levels) {
            Optional<Boolean> off = switchedOff(level, found.reasons);
            if (off.isEmpty()) {
                continue;
            }
            Optional<String> now = watch.look(found.host).boot();
            if (now.filter(found.boots::contains).isPresent()) {
                found.reasons.add(new Reason(
                        "fence-device-lied",
                        names(level) + " says that host '" + found.host + "' is off, and yet it answers",
                        "Look which machine this device switches, with 'vfrt standby fence check'."));
                continue;
            }
            for (String boot : found.missing()) {
                found(
                        found,
                        new Evidence.Fenced(
                                new Place(found.host, boot),
                                clock.instant(),
                                level.stream().map(FenceDevice::name).toList(),
                                off.get()));
            }
            return;
        }
    }

    /** @return whether all were off already; empty when they are not off */
    private Optional<Boolean> switchedOff(List<FenceDevice> level, List<Reason> reasons) {
        boolean already = true;
        for (FenceDevice device : level) {
            if (saysOff(device)) {
                continue;
            }
            already = false;
            try {
                device.off(within);
                awaitOff(device);
            } catch (Failure e) {
                // It may be slow to answer and quick to act.
                if (!saysOff(device)) {
                    reasons.add(why(device, e));
                    return Optional.empty();
                }
            }
        }
        // Of several, one may have been switched on again while the next was switched off: there must be a moment when
        // none gives power.
        if (level.size() > 1 && !level.stream().allMatch(this::saysOff)) {
            reasons.add(new Reason(
                    "fence-not-off", names(level) + " were not all off at once", "Look who switches them on."));
            return Optional.empty();
        }
        return Optional.of(already);
    }

    private void awaitOff(FenceDevice device) {
        Duration end = ticker.elapsed().plus(within);
        while (device.status(within) != FenceDevice.Power.OFF) {
            if (ticker.elapsed().compareTo(end) >= 0) {
                throw new Temporary(
                        "fence-not-off",
                        "it was told to switch off, and still says on after " + Amounts.duration(within),
                        "");
            }
            pass(BEAT);
        }
    }

    /** What does not answer says nothing. */
    private boolean saysOff(FenceDevice device) {
        try {
            return device.status(within) == FenceDevice.Power.OFF;
        } catch (Failure e) {
            return false;
        }
    }

    private static Reason why(FenceDevice device, Failure failure) {
        return new Reason(
                failure instanceof Temporary ? "fence-device-silent" : "fence-device-refuses",
                "fence device '" + device.name() + "': " + failure.getMessage(),
                failure.hint().isEmpty()
                        ? "Try it with 'vfrt standby fence check', and see that it has power and network of its own."
                        : failure.hint());
    }

    /** Reads the lease, lets the watchdog's time pass, and reads it again. What others saw of it, and when, does not matter: clocks of two machines are not compared. */
    private void awaitWatchdog(Found found) {
        try {
            Optional<Leases.Lease> lease = leases.read(found.host);
            if (lease.isEmpty()) {
                found.reasons.add(
                        new Reason(
                                "no-lease",
                                "host '" + found.host + "' has no lease that its watchdog watches",
                                "For the next time, set 'standby: {watchdog: 60s}' in the configuration: 'vfrt standby run' keeps it."));
                return;
            }
            if (!found.missing().equals(Set.of(lease.get().boot()))) {
                found.reasons.add(new Reason(
                        "lease-of-another-boot",
                        "the lease of host '" + found.host + "' is of boot '"
                                + lease.get().boot() + "', which is not the one asked about",
                        ""));
                return;
            }
            Duration wait = lease.get().watchdog().multipliedBy(WATCHDOG_TIMES).plus(BEAT);
            Duration begun = ticker.elapsed();
            while (ticker.elapsed().minus(begun).compareTo(wait) < 0) {
                pass(BEAT);
                if (!leases.read(found.host).equals(lease)) {
                    found.reasons.add(new Reason(
                            "lease-renewed",
                            "host '" + found.host + "' still renews its lease, so it is alive",
                            "Look at the network between it and this machine."));
                    return;
                }
            }
            Duration silent = ticker.elapsed().minus(begun);
            demandNotAlive(found);
            if (found.incomplete()) {
                found(
                        found,
                        new Evidence.SelfFenced(
                                new Place(found.host, lease.get().boot()),
                                clock.instant(),
                                lease.get().watchdog(),
                                silent));
            }
        } catch (Temporary e) {
            found.reasons.add(new Reason("lease-unreadable", e.getMessage(), e.hint()));
        }
    }

    private Refused missing(Found found) {
        List<Reason> reasons = new ArrayList<>(found.reasons);
        if (records.suffices(Evidence.Kind.CONFIRMED)) {
            reasons.add(new Reason(
                    "not-confirmed",
                    "nobody has confirmed that host '" + found.host + "' is dead",
                    "Go and look, take its power away, and type 'vfrt standby confirm-dead " + found.host
                            + " --as YOUR-NAME'."));
        } else {
            reasons.add(notSufficient(Evidence.Kind.CONFIRMED));
        }
        return new Refused("there is no evidence that host '" + found.host + "' is dead", reasons);
    }

    private static Reason notSufficient(Evidence.Kind kind) {
        return new Reason(
                "evidence-not-sufficient",
                "'" + kind.text() + "' is not among the evidence that the configuration lets count",
                "See 'standby: {evidence: ...}' in the configuration.");
    }

    private static String names(List<FenceDevice> level) {
        return "'" + String.join("', '", level.stream().map(FenceDevice::name).toList()) + "'";
    }

    private void pass(Duration time) {
        try {
            ticker.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "looking for evidence was interrupted", "", e);
        }
    }
}
