package org.vfrt.core.disk;

import java.io.IOException;

/** Takes the content of a disk, in ascending order. What it is not told of holds zeros. For one thread. */
@FunctionalInterface
public interface ContentSink {

    /**
     * Takes some of it.
     *
     * @param at where on the disk, in bytes, whole pages of 4096
     * @param buffer is the caller's again when this returns
     * @param length whole pages, also where the disk ends inside one
     */
    void data(long at, byte[] buffer, int offset, int length) throws IOException;
}
