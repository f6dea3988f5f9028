package org.vfrt.core.checkpoint;

import java.io.InputStream;

/** An image on its way in. */
public interface ArrivingImage {

    /** Returns the bytes; a read returns -1 only after the sender closed cleanly, and throws if the connection broke. */
    InputStream bytes();

    /** Returns the {@link System#nanoTime} at which the last byte read so far had arrived on this machine. */
    long arrivalNanos();
}
