package org.vfrt.core.pool;

/** Opens connections to hosts. */
public interface Hypervisors {

    /**
     * Connects to a host. The caller closes the connection.
     *
     * @throws org.vfrt.core.failure.Temporary when the host does not answer within the deadline
     * @throws org.vfrt.core.failure.Refused when the URI is a plain-text transport and that was not allowed
     */
    Hypervisor connect(Host host);
}
