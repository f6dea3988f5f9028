package org.vfrt.core.pool;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * An open connection to one host. The guest operations act at once and ask for no confirmation.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the host stops answering, and
 * {@link org.vfrt.core.failure.Failed} when the host refuses. Safe for use by several threads.
 */
public interface Hypervisor extends AutoCloseable {

    /** Returns the host this connection leads to. */
    Host host();

    /** Asks the host about itself. */
    HostFacts facts();

    /** Returns whether it is Xen, and not libvirt's test driver. */
    default boolean xen() {
        return facts().xen();
    }

    /**
     * Returns what tells this host from every other, whatever a configuration calls it: the name it calls itself; for libvirt's
     * test driver, whose hosts all bear the name of their machine, its URI.
     */
    default String identity() {
        HostFacts facts = facts();
        return facts.xen() ? facts.hostName() : host().uri().text();
    }

    /** Lists every guest, active or not, ordered by name. Domain-0 is not a guest. */
    List<Guest> guests();

    /** Looks a guest up by UUID. */
    Optional<Guest> guest(UUID uuid);

    /**
     * Returns what the hypervisor itself has under this UUID and libvirt does not know of, in words: a domain that {@code xl}
     * started for instance. Empty where there is none, and where the hypervisor cannot be asked past libvirt.
     */
    Optional<String> unmanaged(UUID uuid);

    /**
     * Returns whether the hypervisor has a guest paused that libvirt takes for running, as after {@code xl pause}. No where the hypervisor
     * cannot be asked past libvirt.
     */
    boolean pausedOutside(Guest guest);

    /** Returns the guest's domain XML with its secrets (VNC passwords); the live one when it is active. */
    String definition(UUID uuid);

    /** Returns whether libvirt has a job open on the guest: a save, a migration, or a job that never ended (bug A). */
    boolean jobActive(UUID uuid);

    /** Returns the CPU time that Domain-0 has used; zero where there is no Domain-0. */
    Duration ownCpuTime();

    /**
     * Asks for what guests may need of the host.
     *
     * @param diskPaths the paths that are looked for
     */
    HostEquipment equipment(Set<String> diskPaths);

    /** Lets a paused guest run. */
    void resume(UUID uuid);

    /**
     * Starts a guest from nothing, as if its power were switched on.
     *
     * @param persistent let the host keep the definition
     * @throws org.vfrt.core.failure.Failed when it does not start; a definition that was not there before is not there then either
     */
    Guest start(Definition definition, boolean persistent);

    /** Ends the guest as if its power were cut. A persistent definition stays. */
    void destroy(UUID uuid);

    /** Removes the definition of a guest that is not active. */
    void undefine(UUID uuid);

    @Override
    void close();
}
