package org.vfrt.core.standby;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.Place;
import org.vfrt.core.failure.Reason;

/** Starts guests again. Safe for several threads. */
public interface Activator {

    /**
     * Starts a guest in the first way that is open, and returns when it runs.
     *
     * <p>The start carries the epoch, and the host refuses it without a permit of this very epoch, also where it does not guard the guest any more. Else one who was told long ago to start
     * a guest could do so after it was unprotected and went elsewhere.
     *
     * @param announcement hears what each way would lose, before anything is touched
     * @return the way that was taken, and what it lost
     * @throws org.vfrt.core.failure.Failure when it does not run; nothing of it is left there then, or the host does not answer
     */
    Way start(Start start, Consumer<List<Way>> announcement);

    /**
     * Ends what an earlier start of the guest left on the host, never let run. What runs goes on, and so does a start that somebody is at.
     *
     * @throws org.vfrt.core.failure.Busy when somebody is at it
     * @throws org.vfrt.core.failure.Failure when it is not known what is there, or the host does not answer
     */
    void settle(Start start);

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

    /**
     * One way for a guest to come back.
     *
     * @param form the word for it
     * @param lost how much of its work is lost with it, at most: all since so long ago
     * @param obstacles why it is not open; empty when it is
     */
    record Way(String form, Duration lost, List<Reason> obstacles) {

        public Way {
            obstacles = List.copyOf(obstacles);
        }

        /** Returns it out of a checkpoint. */
        public static Way of(RecoverGuest.Prospect prospect) {
            return new Way(
                    prospect.form().text(),
                    prospect.memoryLost() ? prospect.disksLost() : prospect.age(),
                    prospect.obstacles());
        }

        /** Returns whether it could be taken. */
        public boolean open() {
            return obstacles.isEmpty();
        }
    }
}
