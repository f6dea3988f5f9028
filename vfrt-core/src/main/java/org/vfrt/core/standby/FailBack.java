package org.vfrt.core.standby;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;

/** Brings a guest home: first it is kept ready there, then it is handed over. */
public final class FailBack {

    private static final Duration BEAT = Duration.ofSeconds(1);

    private final StandbyWorld world;

    public FailBack(StandbyWorld world) {
        this.world = world;
    }

    /**
     * Does it.
     *
     * @throws Refused when it is home already, or its home is not ready
     * @throws org.vfrt.core.failure.Failure when it did not work; the guest runs on where it was, or as {@link FailOverPlanned} says
     */
    public FailOverPlanned.Outcome run(UUID guest) {
        Protections protections = new Protections(world.register());
        Protection protection = protections
                .read(guest)
                .orElseThrow(() -> new NotFound(
                        "not-protected", "guest '" + guest + "' is not protected", "See 'vfrt standby status'."));
        Departure.Checked checked = new Departure(world).check(guest, Optional.of(protection.home()));
        Protection reversed = protection.on(Optional.of(protection.home()));
        protections.change(protection, reversed);
        replicate(reversed, checked.known().claim().at().host());
        return new FailOverPlanned(world).run(guest, Optional.of(protection.home()));
    }

    /** So that the last capture is a small one, and the way home is known to work before the guest is touched. */
    private void replicate(Protection protection, String from) {
        StandbyCaptures.Feed feed = world.captures().begin(protection, from, protection.home());
        try {
            while (true) {
                StandbyCaptures.Progress progress = feed.look();
                if (progress.failure().isPresent()) {
                    throw progress.failure().get();
                }
                if (progress.complete().isPresent() || !progress.running()) {
                    return;
                }
                world.ticker().sleep(BEAT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "the way home was interrupted", "", e);
        } finally {
            feed.stop();
        }
    }
}
