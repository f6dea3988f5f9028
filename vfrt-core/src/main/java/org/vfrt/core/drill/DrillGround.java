package org.vfrt.core.drill;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.sign.Sign;

/**
 * What a drill needs of a host beside the restore: a network that leads nowhere, and somebody who looks for the sign of life.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the host stops answering, and {@link org.vfrt.core.failure.Failed} when it does not do
 * what it is asked for.
 */
public interface DrillGround {

    /** Asks why a drill cannot be held on this host. Changes nothing. */
    List<Reason> obstacles(Hypervisor host, DrillOrder order);

    /**
     * Makes bridges that lead nowhere, the host's own network included, and a namespace on the first of them.
     *
     * @param meets an IPv4 address of the copy that is to be reached from the namespace
     * @throws org.vfrt.core.failure.Failed when it was not made; {@link #removeNetwork} is to be called all the same
     */
    void makeNetwork(Hypervisor host, PrivateNetwork network, Optional<String> meets);

    /** Removes it, and ends what runs in its namespace. Idempotent. */
    void removeNetwork(Hypervisor host, PrivateNetwork network);

    /**
     * Asks the host what is there of a drill.
     *
     * @param paths of the copy's disks
     * @return what there is, in words; empty when there is nothing
     */
    List<String> left(Hypervisor host, List<String> paths, Optional<PrivateNetwork> network);

    /**
     * Begins to look for a sign of life.
     *
     * @param copy as its host reported it, running
     * @param trial what a program of the site is told
     */
    Watch watch(Hypervisor host, Guest copy, Sign sign, Trial trial);

    /**
     * One drill, for whoever looks for a sign.
     *
     * @param guestName the guest whose copy it is
     * @param checkpoint its id
     * @param within how long is looked
     */
    record Trial(String guestName, String checkpoint, Duration within, Optional<PrivateNetwork> network) {}

    /** Somebody who looks. For one thread. */
    interface Watch extends AutoCloseable {

        /**
         * Returns what was seen of the sign, in words; empty when it was not seen yet. Does not wait.
         *
         * @throws org.vfrt.core.failure.Failed when it will not be seen any more
         */
        Optional<String> seen();

        /** Returns what was seen in its place, for people; empty when nothing was. */
        String instead();

        /** Looks no more, and leaves nothing behind that does. */
        @Override
        void close();
    }
}
