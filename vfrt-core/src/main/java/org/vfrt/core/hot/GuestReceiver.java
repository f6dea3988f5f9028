package org.vfrt.core.hot;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.vfrt.core.epoch.Epoch;
import org.vfrt.core.failure.Reason;

/** Receives the epochs of one guest as it runs. {@link #run} is for one thread; the others may be called by any. */
public interface GuestReceiver {

    /** The name of the operation in locks and in the journal. */
    String OPERATION = "standby receive";

    /**
     * What is asked for.
     *
     * @param host where it runs
     * @param into the directory of its epochs
     * @param interval between two epochs
     * @param stall for so long the guest may be held up by a standby or a network that takes nothing; then the copy ends, and the guest goes on
     * @param lockWait how long to wait for another operation on the guest
     */
    record Request(UUID guest, String host, Path into, Duration interval, Duration stall, Duration lockWait) {}

    /**
     * How it ended. The guest goes on at its host.
     *
     * @param last the last complete epoch that was received
     * @param why the stream ended
     * @param notes what was found and done on the guest's host afterwards, one sentence each; or that it does not answer, and then the journal keeps the question
     */
    record Outcome(String guestName, String hostName, Optional<Epoch> last, String why, List<String> notes) {}

    /** Returns all that is in the way of receiving it; empty when nothing is. Changes nothing. */
    List<Reason> obstacles(Request request);

    /**
     * Receives until the guest, its host or the way there is gone, or somebody stops it. A stream of the guest that somebody began who is dead is ended first.
     *
     * @param heard is told of each complete epoch
     * @throws org.vfrt.core.failure.Refused when it cannot be begun; the guest was not touched
     * @throws org.vfrt.core.failure.Busy when another operation holds the guest, or its epochs
     * @throws org.vfrt.core.failure.Failure when what arrives cannot be kept, or it is not known whether the guest goes on at its host
     */
    Outcome run(Request request, Consumer<Epoch> heard);

    /** Ends it: {@link #run} returns soon, when the guest's host has made sure that the guest goes on. Before it has begun, it ends at once. */
    void stop();

    /**
     * Ends it because the guest's host is known to be dead, or to have let go of it: {@link #run} returns at once, waits for no answer of that host, and leaves its journal entry to whoever starts the guest
     * elsewhere. Idempotent, also after {@link #stop}.
     */
    void abandon();
}
