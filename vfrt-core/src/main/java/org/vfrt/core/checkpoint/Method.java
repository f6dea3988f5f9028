package org.vfrt.core.checkpoint;

/** How a checkpoint is taken. */
public enum Method {
    /** A live migration into the store that is called off at the last step: the guest stops for the final copy round only. */
    LIVE,
    /** libvirt's save, and a restore right after it: the guest is stopped while all of its memory is written and read. */
    SAVE
}
