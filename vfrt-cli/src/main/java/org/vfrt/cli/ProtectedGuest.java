package org.vfrt.cli;

import java.util.List;
import java.util.UUID;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyStatus;

/** Finds a protected guest by what people call it. Asks no host: its own may be dead. */
final class ProtectedGuest {

    private ProtectedGuest() {}

    /**
     * Finds it.
     *
     * @throws NotFound when no guest of that name or UUID is protected
     * @throws BadInput when several are
     */
    static UUID named(Operations operations, String nameOrUuid) {
        List<Protection> found = new StandbyStatus(operations.standby())
                .protections().stream()
                        .filter(one -> one.name().equals(nameOrUuid)
                                || one.guest().toString().equals(nameOrUuid))
                        .toList();
        if (found.size() > 1) {
            throw new BadInput(
                    "several-guests",
                    "several protected guests are called '" + nameOrUuid + "'",
                    "Give the UUID, as 'vfrt standby status -o json' has it.");
        }
        return found.stream()
                .findFirst()
                .map(Protection::guest)
                .orElseThrow(() -> new NotFound(
                        "not-protected",
                        "guest '" + nameOrUuid + "' is not protected",
                        "See 'vfrt standby status', and 'vfrt standby protect'."));
    }
}
