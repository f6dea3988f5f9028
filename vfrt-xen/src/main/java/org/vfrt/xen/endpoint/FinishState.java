package org.vfrt.xen.endpoint;

/** How far the last step of a capture has come. */
public sealed interface FinishState {

    /** The source has not asked yet. */
    record NotReached() implements FinishState {}

    /** The source waits for its answer. With {@code cancelled == false} the guest stands still. */
    record Held(boolean cancelled) implements FinishState {}

    /**
     * The source was answered, with an error as always.
     *
     * @param cancelled the transfer had failed on the source
     * @param delivered the answer was handed to a connection that was open until then. If not, the source had given up
     *     waiting, and the guest was resumed at some time before the answer
     */
    record Answered(boolean cancelled, boolean delivered) implements FinishState {}
}
