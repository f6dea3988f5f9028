package org.vfrt.core.standby;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Temporary;

/**
 * Who is at the start of a guest. Its permit is the host's, and any controller may use it: two that did so side by side would both put its disks in place. Whoever starts it says so in the register, and goes on saying so
 * ({@link BeatingActivator}); another one takes over when that one is dead, or has said nothing for as long as patience lasts. For one thread.
 */
final class Starts {

    private static final String PREFIX = "starting/";
    private static final String CONTROLLER = "controller";

    private final StandbyWorld world;
    private final Map<UUID, Seen> seen = new HashMap<>();

    Starts(StandbyWorld world) {
        this.world = world;
    }

    /** What somebody said last, and since when that is so. */
    private record Seen(long revision, Duration since) {}

    static String key(UUID guest) {
        return PREFIX + guest;
    }

    static String value(Identity self, String host, long beat) {
        return EntryFacts.writing()
                .put(CONTROLLER, self.note())
                .put("host", host)
                .put("beat", beat)
                .text();
    }

    /** Returns whether an entry is this controller's. */
    static boolean isOf(Identity self, Register.Entry entry) {
        return EntryFacts.of(entry).text(CONTROLLER).equals(self.note());
    }

    /**
     * Looks whether anything happens.
     *
     * @return a number that is another one when somebody has begun a start since, or goes on with one
     */
    long look(UUID guest) {
        Optional<Register.Entry> there = world.register().read(key(guest));
        long revision = there.map(Register.Entry::revision).orElse(Register.ABSENT);
        Seen before = seen.get(guest);
        if (before == null || before.revision != revision) {
            seen.put(guest, new Seen(revision, world.ticker().elapsed()));
        }
        return revision;
    }

    /**
     * Says that this controller starts a guest.
     *
     * @throws Temporary when another one is at it
     */
    void begin(Claim claim) {
        look(claim.guest());
        Optional<Register.Entry> there = world.register().read(key(claim.guest()));
        if (there.isPresent() && !isFree(claim.guest(), there.get())) {
            throw atIt(claim);
        }
        String value = value(world.identity(), claim.at().host(), 0);
        if (world.register()
                .write(key(claim.guest()), there.map(Register.Entry::revision).orElse(Register.ABSENT), value)
                .isEmpty()) {
            throw atIt(claim);
        }
    }

    private boolean isFree(UUID guest, Register.Entry entry) {
        Seen last = seen.get(guest);
        return isOf(world.identity(), entry)
                || world.identity().isDead(EntryFacts.of(entry).text(CONTROLLER))
                || (last != null
                        && last.revision == entry.revision()
                        && world.ticker()
                                        .elapsed()
                                        .minus(last.since)
                                        .compareTo(world.rules().patience())
                                >= 0);
    }

    private static Temporary atIt(Claim claim) {
        return new Temporary(
                "guest-being-started",
                "another controller is starting guest '" + claim.name() + "' on host '"
                        + claim.at().host() + "'",
                "Wait for it, and see 'vfrt standby status'; 'vfrt standby run' goes on when it does not.");
    }

    /** The start is over, well or not. */
    void end(Claim claim) {
        try {
            Optional<Register.Entry> there = world.register().read(key(claim.guest()));
            there.filter(entry -> isOf(world.identity(), entry))
                    .ifPresent(entry -> world.register().remove(entry.key(), entry.revision()));
        } catch (Failure e) {
            // Whoever comes next waits a little. That the guest runs is what counts.
        }
    }
}
