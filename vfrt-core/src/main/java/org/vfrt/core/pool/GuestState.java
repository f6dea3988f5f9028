package org.vfrt.core.pool;

/** The state of a guest in libvirt's words. libvirt's word alone is not proof: see the CPU time as well (bug C). */
public enum GuestState {
    NO_STATE,
    RUNNING,
    BLOCKED,
    PAUSED,
    SHUTTING_DOWN,
    SHUT_OFF,
    CRASHED,
    PM_SUSPENDED;

    /** Returns whether the guest occupies memory on its host, running or not. */
    public boolean active() {
        return this != SHUT_OFF;
    }

    /** Returns whether libvirt believes that the guest's virtual CPUs may run. */
    public boolean running() {
        return this == RUNNING || this == BLOCKED || this == NO_STATE;
    }
}
