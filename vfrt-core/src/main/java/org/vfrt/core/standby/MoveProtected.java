package org.vfrt.core.standby;

import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;

/** Migrates a protected guest live. While it moves, its claim names both hosts, and either may be the one where it runs: should one die, there has to be evidence about both. */
public final class MoveProtected {

    private final StandbyWorld world;
    private final LiveMigration migration;

    public MoveProtected(StandbyWorld world, LiveMigration migration) {
        this.world = world;
        this.migration = migration;
    }

    /**
     * Does it.
     *
     * @return the claim, held where the guest runs
     * @throws org.vfrt.core.failure.Refused when it cannot be; nothing was touched
     * @throws Failed when it did not work, and the guest runs on where it was
     */
    public Claim run(UUID guest, Optional<String> to) {
        Departure.Checked checked = new Departure(world).check(guest, to);
        Claim before = checked.known().claim();
        Place target = checked.target();
        Claim moving = new Claim(
                guest,
                before.name(),
                before.epoch() + 1,
                Claim.Phase.MOVING,
                before.at(),
                Optional.of(target),
                Optional.empty());
        if (new Claims(world.register()).change(checked.known(), moving).isEmpty()) {
            throw new Busy(
                    "guest-contended",
                    "the claim of guest '" + before.name() + "' was changed by somebody else",
                    "See 'vfrt standby status'.");
        }
        Optional<Failure> failure = migrate(moving, target);
        SettleGuest settle = new SettleGuest(world);
        Settling settling = new Settling(checked.protection());
        SettleGuest.Started started = settle.start(settling);
        settle.finish(started, settling);
        Claim after = started.known().claim();
        if (!after.at().host().equals(target.host())) {
            throw new Failed(
                    "not-migrated",
                    "guest '" + before.name() + "' runs on host '" + after.at().host() + "'"
                            + failure.map(why -> ": " + why.getMessage()).orElse(""),
                    failure.map(Failure::hint).orElse(""),
                    failure.orElse(null));
        }
        return after;
    }

    private Optional<Failure> migrate(Claim moving, Place target) {
        Gates gates = new Gates(world.pool(), world.permits());
        try {
            gates.give(moving.at(), moving.guest(), moving.epoch());
            gates.give(target, moving.guest(), moving.epoch());
            migration.migrate(moving.guest(), moving.at().host(), target.host());
            return Optional.empty();
        } catch (Failure e) {
            return Optional.of(e);
        }
    }
}
