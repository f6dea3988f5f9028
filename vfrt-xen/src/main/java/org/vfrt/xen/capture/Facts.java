package org.vfrt.xen.capture;

/** The journal keys of a live capture. */
final class Facts {

    /** Private directory on the guest's host, made for this capture. */
    static final String HOST_DIRECTORY = "hostDirectory";

    /** The guest's domain id while it was captured: another id means that it is not the same run of the guest. */
    static final String DOMAIN_ID = "domainId";

    static final String PHASE = "phase";

    /** A guard may be there, which suspends and wakes the guest when it is left alone, and the migration may have begun. */
    static final String GUARDED = "guarded";

    private Facts() {}
}
