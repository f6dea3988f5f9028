package org.vfrt.core.standby;

/** Whether a guest is on a host, running or not. */
enum Presence {
    /** Nothing of it is active there. */
    ABSENT,
    /** Something of it is active there that was never let run as far as is known: it arrives, was left by a start that died, or is unknown to libvirt. */
    THERE,
    /** It has run there, and is paused or crashed. */
    HALTED,
    RUNNING
}
