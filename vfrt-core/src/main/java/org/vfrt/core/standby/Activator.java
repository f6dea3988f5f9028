package org.vfrt.core.standby;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.Place;

/** Starts guests again. Safe for several threads. */
public interface Activator {

    /**
     * Starts a guest in the first form that is open, and returns when it runs.
     *
     * <p>The start carries the epoch, and the host refuses it without a permit of this very epoch, also where it does not guard the guest any more. Else one who was told long ago to start
     * a guest could do so after it was unprotected and went elsewhere.
     *
     * @param announcement hears what each form would lose, before anything is touched
     * @return the form that was taken, and what it lost
     * @throws org.vfrt.core.failure.Failure when it does not run; nothing of it is left there then, or the host does not answer
     */
    RecoverGuest.Prospect start(Start start, Consumer<List<RecoverGuest.Prospect>> announcement);

    /**
     * What to start.
     *
     * @param gone the host that it ran on, if that does not answer
     * @param forms that will do, the best first
     */
    record Start(UUID guest, String name, Place place, long epoch, Optional<String> gone, List<RestoreForm> forms) {

        public Start {
            forms = List.copyOf(forms);
        }
    }
}
