package org.vfrt.core.migrate;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vfrt.core.checkpoint.CaptureRules;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Rejection;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.OpenPool;

/** Why a guest is not migrated, whatever does it. */
final class MigrationRules {

    static final String NOWHERE_HINT =
            "Make room where there is none; '--to HOST --against-rules' overrides placement rules.";

    /** What an operator decided, and may decide otherwise; all the rest is what hosts can do. */
    private static final Set<Rejection.Code> BY_RULE = EnumSet.of(
            Rejection.Code.PIN,
            Rejection.Code.EXCLUDED,
            Rejection.Code.AFFINITY,
            Rejection.Code.ANTI_AFFINITY,
            Rejection.Code.VCPU_LIMIT,
            Rejection.Code.MEMORY_RESERVE_N1);

    private MigrationRules() {}

    static List<Reason> guest(Hypervisor source, Guest guest, Definition definition, Method method) {
        List<Reason> reasons = new ArrayList<>(CaptureRules.cannotBeSaved(source, guest, definition));
        if (definition.kind() == Definition.Kind.PV && method == Method.LIVE) {
            reasons.add(
                    new Reason(
                            "pv-guest",
                            "it is a PV guest, and Debian's Xen cannot track the memory that a PV guest writes",
                            "Use '--method save', which stops it while its memory goes through the store; or turn it into a PVH guest."));
        }
        if (!source.xen()) {
            reasons.add(new Reason(
                    "no-live-migration",
                    "libvirt's test driver cannot migrate guests",
                    "Try it on Xen hosts; 'scripts/xenlab up 2' makes two of them."));
        }
        return reasons;
    }

    /** Why the host that was asked for is not taken. What only rules forbid is noted instead when they are to be ignored, and a plan has weighed it. */
    static List<Reason> rejections(Candidate asked, MigrateGuest.Rules rules, List<String> notes) {
        List<Reason> reasons = new ArrayList<>();
        for (Rejection rejection : asked.rejections()) {
            boolean byRule = BY_RULE.contains(rejection.code());
            if (byRule && rules == MigrateGuest.Rules.IGNORED) {
                notes.add("against the rules: " + rejection.text());
            } else if (!byRule || rules == MigrateGuest.Rules.KEPT) {
                reasons.add(new Reason(
                        rejection.code().text(),
                        "host '" + asked.host() + "' does not take it: " + rejection.text(),
                        byRule ? "'--against-rules' puts it there all the same." : ""));
            }
        }
        return reasons;
    }

    /** What makes libvirt's Prepare fail on the target is what leaves an endless job on the source (bug A): asked before. */
    static List<Reason> target(Hypervisor target, Guest guest, OpenPool hosts) {
        List<Reason> reasons = new ArrayList<>();
        String name = target.host().name();
        if (target.guests().stream()
                .anyMatch(one -> one.name().equals(guest.name()) && !one.uuid().equals(guest.uuid()))) {
            reasons.add(new Reason(
                    "name-taken",
                    "another guest named '" + guest.name() + "' is on host '" + name + "'",
                    "Rename or undefine that one."));
        }
        hosts.unmanaged(guest.uuid())
                .forEach((host, what) -> reasons.add(new Reason(
                        "guest-outside-libvirt",
                        "Xen on host '" + host + "' has the guest as " + what + ", and libvirt does not know of it",
                        "'vfrt migrate repair " + guest.name() + "' says what it is and what to do.")));
        return reasons;
    }

    /** Why what was seen of the pool says nothing of this guest: by its name another one was seen, or none. */
    static List<Reason> otherThan(Guest guest, PoolLoad seen) {
        Optional<GuestLoad> named = seen.guests().stream()
                .filter(one -> one.name().equals(guest.name()))
                .findFirst();
        if (named.filter(one -> one.uuid().equals(guest.uuid())).isPresent()) {
            return List.of();
        }
        return List.of(named.map(other -> new Reason(
                        "name-taken",
                        "another guest named '" + guest.name() + "' runs on host '" + other.host()
                                + "', and only one of a name is looked at",
                        "Rename one of the two."))
                .orElseGet(() ->
                        new Reason("guest-gone", "it was not there any more when its host was asked what runs", "")));
    }

    static String nowhere(String guest, List<Candidate> candidates) {
        return "no host takes guest '" + guest + "': "
                + candidates.stream()
                        .map(one -> "'" + one.host() + "': "
                                + one.rejections().stream().map(Rejection::text).collect(Collectors.joining(", ")))
                        .collect(Collectors.joining("; "));
    }
}
