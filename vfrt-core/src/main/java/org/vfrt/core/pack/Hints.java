package org.vfrt.core.pack;

import java.io.IOException;

/** Says where a page with this content may lie, whoever's it is. For any number of threads. */
interface Hints {

    Hints NONE = (id, at) -> HashIndex.NOTHING;

    /** Returns the {@link Slot} of a page with that id, which is there and was compared, or {@link HashIndex#NOTHING}. */
    long find(byte[] id, int at) throws IOException;
}
