package org.vfrt.core.migrate;

import java.util.List;
import org.vfrt.core.pool.Hypervisor;

/** What hosts have of guests, seen past libvirt, and what can be done about it. */
public interface Traces {

    /** Returns what a host has of every guest that libvirt or Xen there knows. */
    List<GuestTrace> of(Hypervisor host);

    /**
     * Does one thing. Asks nothing: whoever calls it has decided.
     *
     * @return what was done, one sentence each
     */
    List<String> act(Repair.Kind kind, Hypervisor host, GuestTrace trace);
}
