package org.vfrt.core.placement;

import java.util.Set;
import org.vfrt.core.pool.Version;

/**
 * A host as the scorer sees it.
 *
 * @param state whether guests may come and go
 * @param failureDomain what fails together: hosts that share it (a rack, a power line) do; a host alone has its own name here
 * @param capacity what use is measured against: its memory for guests, its physical CPUs, and the virtual ones it should have at most
 * @param limit beyond which no guest is put on it; infinite for CPU time
 * @param taken what is used by all that is not in the list of guests: Domain-0, and guests that vfrt does not know
 */
public record HostLoad(
        String name,
        State state,
        String failureDomain,
        Amount capacity,
        Amount limit,
        Amount taken,
        Set<Facility> facilities,
        Version hypervisorVersion) {

    public HostLoad {
        facilities = Set.copyOf(facilities);
        if (capacity.memoryBytes() == 0 || capacity.cpus() == 0 || capacity.vcpus() == 0) {
            throw new IllegalArgumentException("host '" + name + "' has a capacity of nothing");
        }
    }

    /** Whether guests may come to a host and go from it. */
    public enum State {
        /** They may. */
        ONLINE,
        /** All of its guests shall go elsewhere, and none may come. */
        LEAVING,
        /** It does not answer, or what is known of it is too old: none may come, and nobody can make one go. */
        UNKNOWN
    }

    /** Returns the same host in a failure domain of its own. */
    HostLoad failingAlone() {
        return new HostLoad(name, state, name, capacity, limit, taken, facilities, hypervisorVersion);
    }

    /** Returns the same host with room for guests of so much memory in all. */
    public HostLoad limitedTo(long memoryBytes) {
        return new HostLoad(
                name,
                state,
                failureDomain,
                capacity,
                new Amount(memoryBytes, limit.cpus(), limit.vcpus()),
                taken,
                facilities,
                hypervisorVersion);
    }

    /** Returns the same host with another state. */
    public HostLoad with(State other) {
        return new HostLoad(name, other, failureDomain, capacity, limit, taken, facilities, hypervisorVersion);
    }
}
