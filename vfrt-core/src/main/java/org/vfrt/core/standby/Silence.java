package org.vfrt.core.standby;

import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;
import org.vfrt.core.failure.Refused;

/** Which hosts were silent of late. With too many at a time, it is the network, or the one who looks. */
final class Silence {

    private static final String PREFIX = "silent/";

    private final StandbyWorld world;

    Silence(StandbyWorld world) {
        this.world = world;
    }

    /** Notes that a host is silent. When that began stays. */
    void note(String host) {
        RegisterValue value = new RegisterValue(world.register(), PREFIX + host);
        if (value.read().filter(facts -> counts(facts.instant("at"))).isEmpty()) {
            value.put(EntryFacts.writing().put("at", world.clock().instant()).text());
        }
    }

    /** Forgets what was long ago, except of a host that is silent still. */
    void forget(Set<String> silentNow) {
        for (Register.Entry entry : world.register().list(PREFIX)) {
            if (!silentNow.contains(host(entry)) && !counts(at(entry))) {
                world.register().remove(entry.key(), entry.revision());
            }
        }
    }

    /**
     * Looks at all other hosts.
     *
     * @throws Refused when too many are silent, or were within the time that counts
     */
    void refuseMany(String suspect) {
        Set<String> silent = new TreeSet<>();
        silent.add(suspect);
        for (Register.Entry entry : world.register().list(PREFIX)) {
            if (counts(at(entry))) {
                silent.add(host(entry));
            }
        }
        world.pool().hosts().stream()
                .map(host -> host.name())
                .filter(host -> !silent.contains(host))
                .filter(host -> world.watch().look(host).boot().isEmpty())
                .forEach(silent::add);
        if (silent.size() > world.rules().hostsMost()) {
            throw new Refused(
                    "many-hosts-silent",
                    silent.size() + " hosts are silent or were failed over within "
                            + world.rules().hostsWithin().toMinutes() + " minutes: '" + String.join("', '", silent)
                            + "'; rather than they, the network or this machine may be at fault",
                    "Look at the network. If they are dead indeed, say '--despite-many'.");
        }
    }

    /** What was noted under a clock that was ahead counts as well: the other way round, setting a clock would let everything be failed over. */
    private boolean counts(Instant at) {
        return at.isAfter(world.clock().instant().minus(world.rules().hostsWithin()));
    }

    private static Instant at(Register.Entry entry) {
        return EntryFacts.of(entry).instant("at");
    }

    private static String host(Register.Entry entry) {
        return entry.key().substring(PREFIX.length());
    }
}
