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
    private static final Duration BEAT = Duration.ofSeconds(1);

    /** A guest of hundreds of GiB takes that long; whoever waits longer had better be told. */
    private static final Duration START_MAX = Duration.ofMinutes(15);

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
     * @param waits whether to wait while another one is at it
     * @return false when somebody was waited for: how the guest is now is to be asked again
     * @throws Temporary when another one is at it, and goes on with it
     */
    boolean begin(Claim claim, boolean waits) {
        look(claim.guest());
        Optional<Register.Entry> there = world.register().read(key(claim.guest()));
        boolean ours = (there.isEmpty() || isFree(claim.guest(), there.get()))
                && world.register()
                        .write(
                                key(claim.guest()),
                                there.map(Register.Entry::revision).orElse(Register.ABSENT),
                                value(world.identity(), claim.at().host(), 0))
                        .isPresent();
        if (!ours && !waits) {
            throw atIt(claim);
        }
        if (!ours) {
            awaitEnd(claim);
        }
        return ours;
    }

    /** Until the other one is done, or dead, or has said nothing for as long as patience lasts. */
    private void awaitEnd(Claim claim) {
        Duration end = world.ticker().elapsed().plus(START_MAX);
        while (world.ticker().elapsed().compareTo(end) < 0) {
            try {
                world.ticker().sleep(BEAT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw atIt(claim);
            }
            look(claim.guest());
            Optional<Register.Entry> there = world.register().read(key(claim.guest()));
            if (there.isEmpty() || isFree(claim.guest(), there.get())) {
                return;
            }
        }
        throw atIt(claim);
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

    /** The start is over, well or not. A beat that is still on its way is waited for. */
    void end(Claim claim) {
        String key = key(claim.guest());
        try {
            Optional<Register.Entry> there = world.register().read(key);
            while (there.filter(entry -> isOf(world.identity(), entry)).isPresent()
                    && !world.register().remove(key, there.get().revision())) {
                there = world.register().read(key);
            }
        } catch (Failure e) {
            // Whoever comes next waits a little. That the guest runs is what counts.
        }
    }
}
