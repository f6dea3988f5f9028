package org.vfrt.core.standby;

/** Whether a guest is on a host, running or not. */
enum Presence {
    /** Nothing of it is active there. */
    ABSENT,
    /** Something of it is active there, paused or arriving or unknown to libvirt. */
    THERE,
    RUNNING
}
