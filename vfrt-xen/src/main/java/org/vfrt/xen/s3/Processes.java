package org.vfrt.xen.s3;

/** Knows this process, and which others of this machine are dead. For any number of threads. */
interface Processes {

    Owner self();

    /** Returns whether a process is known to be dead. One of another machine never is. */
    boolean isDead(Owner owner);
}
