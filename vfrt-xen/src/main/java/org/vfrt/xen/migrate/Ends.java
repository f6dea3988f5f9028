package org.vfrt.xen.migrate;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.pool.Guest;

/** The hosts at the two ends of a migration that broke: all that is asked there, and done about its guest. */
interface Ends {

    /** Returns a host that answers now; empty when it does not. */
    Optional<End> answering(String host);

    /** Returns the URI of a host that answered when the pool was opened. */
    Optional<String> uri(String host);

    /** One host, and what it has of the guest. Each call throws a {@link org.vfrt.core.failure.Failure} when it is not known to have worked. */
    interface End {

        /** Returns what libvirt has of the guest. */
        Optional<Guest> guest();

        /**
         * Waits until the host is at rest, and clears away what Xen or libvirt have of the guest half-made.
         *
         * @param receivePort where the guest's memory was received; 0 when it is not known, or all of it had arrived
         */
        void clear(int receivePort);

        /** Takes away what was received in full and never ran. */
        void takeAway();

        /**
         * Lets a suspended guest go on.
         *
         * @return what was found and done, one sentence each
         */
        List<String> cure(Old old);

        /**
         * Takes away the suspended domain of a guest that goes on elsewhere, never one that runs.
         *
         * @return what was found and done, one sentence each
         */
        List<String> remove(Old old);

        /**
         * Removes the definition, if there is one.
         *
         * @return what was complained about; empty when it is gone
         */
        Optional<String> undefine();
    }

    /**
     * The domain that the guest was before.
     *
     * @param directory private to the migration, on its host; removed with the work there
     * @param sendPort where its memory was sent to
     */
    record Old(int domainId, String directory, int sendPort) {}
}
