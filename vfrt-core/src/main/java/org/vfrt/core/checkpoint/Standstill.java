package org.vfrt.core.checkpoint;

/**
 * What is done in the one moment in which memory and disks agree: the guest stands still, and all of its memory is out. It adds to the pause, so it
 * must not last.
 */
@FunctionalInterface
public interface Standstill {

    /** For captures that only memory matters to. */
    Standstill NOTHING = () -> {};

    /**
     * Does it. Called at most once in a capture, by any thread.
     *
     * @throws org.vfrt.core.failure.Failure when it was not done. The guest goes on all the same, and the capture fails with it
     */
    void run();
}
