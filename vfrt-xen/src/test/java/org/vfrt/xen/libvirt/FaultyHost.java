package org.vfrt.xen.libvirt;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.HostFacts;

/** The test driver with a fault, or a death of the caller, at a chosen call. */
final class FaultyHost implements SavingHypervisor {

    static final Runnable FAIL = () -> {
        throw new Failed("injected", "no space left on device", "");
    };

    static final Runnable DIE = () -> {
        throw new Death();
    };

    private final LibvirtHypervisor host;
    Runnable beforeSave = () -> {};
    Runnable afterSave = () -> {};
    Runnable beforeRestore = () -> {};
    Runnable afterRestore = () -> {};

    FaultyHost(LibvirtHypervisor host) {
        this.host = host;
    }

    /** The end of the process: nothing catches it. */
    static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public Guest start(Definition definition, boolean persistent) {
        return host.start(definition, persistent);
    }

    @Override
    public void save(UUID uuid, String path) {
        beforeSave.run();
        host.save(uuid, path);
        afterSave.run();
    }

    @Override
    public void restore(String path, boolean paused) {
        beforeRestore.run();
        host.restore(path, paused);
        afterRestore.run();
    }

    @Override
    public void setMemoryTarget(UUID uuid, long bytes) {
        host.setMemoryTarget(uuid, bytes);
    }

    @Override
    public void settleMemory(Definition definition, Definition received, boolean persistent) {
        host.settleMemory(definition, received, persistent);
    }

    @Override
    public void suspend(UUID uuid) {
        host.suspend(uuid);
    }

    @Override
    public Host host() {
        return host.host();
    }

    @Override
    public HostFacts facts() {
        return host.facts();
    }

    @Override
    public List<Guest> guests() {
        return host.guests();
    }

    @Override
    public Optional<Guest> guest(UUID uuid) {
        return host.guest(uuid);
    }

    @Override
    public boolean pausedOutside(Guest guest) {
        return host.pausedOutside(guest);
    }

    @Override
    public Optional<String> unmanaged(UUID uuid) {
        return host.unmanaged(uuid);
    }

    @Override
    public Duration ownCpuTime() {
        return host.ownCpuTime();
    }

    @Override
    public HostEquipment equipment(Set<String> diskPaths) {
        return host.equipment(diskPaths);
    }

    @Override
    public String definition(UUID uuid) {
        return host.definition(uuid);
    }

    @Override
    public boolean jobActive(UUID uuid) {
        return host.jobActive(uuid);
    }

    @Override
    public void resume(UUID uuid) {
        host.resume(uuid);
    }

    @Override
    public void destroy(UUID uuid) {
        host.destroy(uuid);
    }

    @Override
    public void undefine(UUID uuid) {
        host.undefine(uuid);
    }

    @Override
    public void close() {
        host.close();
    }
}
