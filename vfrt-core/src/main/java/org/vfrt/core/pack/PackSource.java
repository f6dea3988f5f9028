package org.vfrt.core.pack;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The bytes of a pack in the writing in which it was opened, wherever they are. For any number of threads. */
public interface PackSource extends Closeable {

    /** Returns how many there are. */
    long bytes() throws IOException;

    /**
     * Makes a part that will be wanted more than once be at hand.
     *
     * @return a file in which every byte of the part has the place that it has in the pack; it belongs to the source
     */
    FileChannel fetched(long from, long length) throws IOException;

    /**
     * Reads what is at a place.
     *
     * @return how many bytes were read, at least one; -1 at the end
     */
    int read(ByteBuffer target, long at) throws IOException;

    /** Returns whether all of it can be read without waiting for another machine. */
    default boolean isNear() {
        return true;
    }

    /** Returns a file of this machine as the source of a pack; it belongs to the source from now on. */
    static PackSource of(FileChannel file) {
        return new LocalPack(file);
    }
}
