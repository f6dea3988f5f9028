package org.vfrt.xen.endpoint;

/** How far a restore out of the endpoint has come. */
public enum RestoreState {
    /** Nothing was sent. */
    WAITING,
    /** The image is on its way. */
    SENDING,
    /** The whole image was handed to the network. Whether the guest runs is for the destination to say. */
    SENT,
    /** The image was not sent whole. */
    SEND_FAILED,
    /** The client says that the destination has taken the guest over. */
    CONFIRMED,
    /** The client says that the destination has not taken the guest over. */
    CANCELLED
}
