package org.vfrt.core.pack;

/** Page frames that follow each other. */
record PageRange(long from, long end) {

    boolean isEmpty() {
        return from >= end;
    }
}
