package org.vfrt.core.standby;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;

/** Brings a guest to another host through a last capture, which loses nothing. When it returns or throws, the guest runs on one of the two, or the claim says how far it came and {@code vfrt standby run} goes on. */
public final class FailOverPlanned {

    private final StandbyWorld world;

    public FailOverPlanned(StandbyWorld world) {
        this.world = world;
    }

    /**
     * What was done.
     *
     * @param claim where it runs now
     * @param line what was measured
     * @param troubles what went wrong on the way
     */
    public record Outcome(String from, Claim claim, Ledger.Line line, List<Reason> troubles) {

        public Outcome {
            troubles = List.copyOf(troubles);
        }
    }

    /**
     * Does it.
     *
     * @param to empty for its standby host
     * @throws org.vfrt.core.failure.Refused when it cannot be; nothing was touched
     * @throws Failed when the last capture failed, and the guest runs on where it was
     */
    public Outcome run(UUID guest, Optional<String> to) {
        Departure.Checked checked = new Departure(world).check(guest, to);
        Claim claim = checked.known().claim();
        Claim leaving = new Claim(
                guest,
                claim.name(),
                claim.epoch(),
                Claim.Phase.LEAVING,
                claim.at(),
                Optional.empty(),
                Optional.of(checked.target().host()));
        if (new Claims(world.register()).change(checked.known(), leaving).isEmpty()) {
            throw new Busy(
                    "guest-contended",
                    "the claim of guest '" + claim.name() + "' was changed by somebody else",
                    "See 'vfrt standby status'.");
        }
        SettleGuest settle = new SettleGuest(world);
        Settling settling = new Settling(checked.protection());
        SettleGuest.Started started = settle.start(settling);
        Ledger.Line line = settle.finish(started, settling);
        settling.rolledBack().ifPresent(failure -> {
            throw new Failed(
                    "not-handed-over",
                    "guest '" + claim.name() + "' runs on host '" + claim.at().host() + "' as before: "
                            + failure.getMessage(),
                    failure.hint(),
                    failure);
        });
        return new Outcome(claim.at().host(), started.known().claim(), line, settling.troubles());
    }
}
