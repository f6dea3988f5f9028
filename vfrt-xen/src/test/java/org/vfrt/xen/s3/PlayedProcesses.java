package org.vfrt.xen.s3;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Processes of several machines, of which some are dead. */
final class PlayedProcesses {

    private final Set<Owner> dead = ConcurrentHashMap.newKeySet();
    private long last;

    /** Returns what a new process of a machine knows. */
    synchronized Processes process(String machine) {
        Owner self = new Owner(machine, ++last, "", "process " + last + " on " + machine);
        return new Processes() {
            @Override
            public Owner self() {
                return self;
            }

            @Override
            public boolean isDead(Owner owner) {
                return owner.machine().equals(machine) && dead.contains(owner);
            }
        };
    }

    void kill(Processes process) {
        dead.add(process.self());
    }
}
