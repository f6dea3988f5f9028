package org.vfrt.core.pack;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The frames that were opened last: neighbours are wanted soon. Their arrays are used again and again, as a frame's worth of garbage for each
 * frame that is read would keep the collector of a small heap busy. For one thread.
 */
final class Frames {

    /** With four threads, as much as 48 MiB. */
    private static final int KEPT = 48;

    private static final long NOBODYS = -1;

    /** Opens a frame into an array of the longest that a frame can be, and returns its length. */
    @FunctionalInterface
    interface Opener {
        int open(byte[] target) throws IOException;
    }

    /** A frame's pages, those that are there, one behind the other. */
    static final class Frame {
        private final byte[] bytes = new byte[PackLayout.FRAME_BYTES];
        private long key = NOBODYS;
        private int length;

        /** Returns the array, of which the first {@link #length} bytes count, until others have been opened. Not to be changed. */
        byte[] bytes() {
            return bytes;
        }

        int length() {
            return length;
        }
    }

    private final Map<Long, Frame> frames = new LinkedHashMap<>(KEPT * 2, 0.75f, true);
    private Frame last = new Frame();

    Frame get(long key, Opener opener) throws IOException {
        if (last.key != key) {
            Frame known = frames.get(key);
            last = known == null ? open(key, opener) : known;
        }
        return last;
    }

    private Frame open(long key, Opener opener) throws IOException {
        Frame frame = frames.size() < KEPT ? new Frame() : removeEldest();
        frame.length = opener.open(frame.bytes);
        frame.key = key;
        frames.put(key, frame);
        return frame;
    }

    private Frame removeEldest() {
        Iterator<Frame> eldest = frames.values().iterator();
        Frame frame = eldest.next();
        eldest.remove();
        return frame;
    }
}
