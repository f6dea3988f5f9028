package org.vfrt.xen.endpoint;

/** Hears how a capture goes. Called by threads of the endpoint, never by two at once for the same method. */
public interface CaptureListener {

    /** The source has introduced the guest. Must not last: the source waits. */
    default void prepared(Prepared prepared) {}

    /**
     * The source has reached Finish. While this method runs with {@code cancelled == false}, <b>the guest stands still</b>:
     * here, and only here, memory and disks agree. It must
     *
     * <ul>
     *   <li>wait until the stream's own end record has been read, because through a tunnel Finish overtakes the data;
     *   <li>keep its own deadline;
     *   <li>return early when {@link #clientGone} says that the source no longer waits: then the guest runs again already.
     * </ul>
     *
     * @param cancelled the transfer failed on the source: throw the stream away
     * @return the text of the error that the source is answered with. It is always answered with an error
     */
    String finish(boolean cancelled);

    /**
     * The connection over which the guest was announced has ended.
     *
     * @param at how far it had come. {@code NotReached}: there will be no Finish. {@code Held}: <b>libvirt resumes the guest on
     *     its own now</b>, so what is done to disks from here on does not match the memory
     */
    default void clientGone(FinishState at) {}
}
