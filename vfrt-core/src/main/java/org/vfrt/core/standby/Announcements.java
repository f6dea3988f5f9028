package org.vfrt.core.standby;

import java.util.UUID;

/** Tells the network where a guest is now. */
public interface Announcements {

    /**
     * Has the host send a gratuitous ARP for each of the guest's interfaces.
     *
     * @throws org.vfrt.core.failure.Failure when it was not sent; the guest runs all the same
     */
    void announce(UUID guest, String name, String host);
}
