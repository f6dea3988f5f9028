package org.vfrt.xen.libvirt;

import java.util.UUID;
import org.vfrt.core.pool.Hypervisor;

/** A host that can write a guest's memory to one of its own files, and read it back. */
public interface SavingHypervisor extends Hypervisor {

    /**
     * Saves a running guest to a file of the host; afterwards the guest is gone from the host. It lasts as long as writing its
     * memory does. A failure may leave the guest suspended (bug C).
     */
    void save(UUID uuid, String path);

    /**
     * Starts a guest from a file that {@link #save} wrote.
     *
     * @param paused leave it paused; libvirt's test driver refuses that
     */
    void restore(String path, boolean paused);

    /** Pauses a running guest. */
    void suspend(UUID uuid);
}
