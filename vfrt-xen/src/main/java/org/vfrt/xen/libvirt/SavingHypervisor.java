package org.vfrt.xen.libvirt;

import java.util.UUID;
import org.vfrt.core.pool.Definition;
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

    /** Tells a guest how much memory it is to have; its definition stays as it is. It gives back, or takes, as much as it can, in its own time. */
    void setMemoryTarget(UUID uuid, long bytes);

    /**
     * Gives a guest that was received with more memory than its target its target back, and its definition, where the host keeps one. It runs, and goes on to when that does not work.
     *
     * @param received as the host was told of it ({@link Definition#toReceive})
     * @param persistent whether the host keeps its definition
     */
    void settleMemory(Definition definition, Definition received, boolean persistent);

    /** Pauses a running guest. */
    void suspend(UUID uuid);
}
