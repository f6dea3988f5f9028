package org.vfrt.core.journal;

import java.util.UUID;

/** The exclusive right to operate on one guest. It ends with the process that holds it, however that dies. */
public interface GuestLock extends AutoCloseable {

    /** Returns the guest it is for. */
    UUID guest();

    /** Gives the right back. Closing twice does nothing. */
    @Override
    void close();
}
