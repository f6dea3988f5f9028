package org.vfrt.core.checkpoint;

/** Told how far a long transfer is. */
@FunctionalInterface
public interface Progress {

    /** Nobody is watching. */
    Progress NONE = (phase, doneBytes, totalBytes) -> {};

    /**
     * @param phase what is going on, one or two words
     * @param doneBytes bytes moved so far
     * @param totalBytes bytes expected in all, as far as can be told; 0 when unknown
     */
    void at(String phase, long doneBytes, long totalBytes);
}
