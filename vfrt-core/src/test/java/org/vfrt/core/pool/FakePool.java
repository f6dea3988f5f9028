package org.vfrt.core.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;

/** A pool in memory: hosts that can fall silent, and guests that behave as on Xen. */
public final class FakePool implements Hypervisors {

    private static final Version XEN = new Version(4, 17, 7);
    private static final Version LIBVIRT = new Version(9, 0, 0);

    private final Map<String, FakeHost> hosts = new LinkedHashMap<>();
    private final Set<String> silent = new HashSet<>();
    private final AtomicInteger connections = new AtomicInteger();

    public FakePool(String... names) {
        for (String name : names) {
            hosts.put(
                    name,
                    new FakeHost(
                            new Host(name, HostUri.parse("xen+ssh://root@" + name + "/system"), Optional.empty())));
        }
    }

    public Pool pool() {
        return new Pool(hosts.values().stream().map(FakeHost::host).toList(), this);
    }

    public FakeHost on(String name) {
        return Optional.ofNullable(hosts.get(name)).orElseThrow();
    }

    /** The host stops answering. */
    public void silence(String name) {
        silent.add(name);
    }

    /** Returns how often somebody has connected to a host. */
    public int connections() {
        return connections.get();
    }

    @Override
    public Hypervisor connect(Host host) {
        connections.incrementAndGet();
        if (silent.contains(host.name())) {
            throw new Temporary("host-silent", "host '" + host.name() + "' does not answer", "Look at it.");
        }
        return on(host.name());
    }

    /** One host; connections to it are the host itself. */
    public static final class FakeHost implements Hypervisor {
        private final Host host;
        private final Map<UUID, Guest> guests = new LinkedHashMap<>();
        private final Map<UUID, String> definitions = new LinkedHashMap<>();
        private final Set<UUID> inJob = new HashSet<>();
        private final Map<UUID, String> unmanaged = new LinkedHashMap<>();
        private final Set<UUID> pausedOutside = new HashSet<>();
        private long freeMemoryBytes = 4L << 30;
        private HostEquipment equipment = HostEquipment.UNKNOWN;
        private String self = "";
        private final Map<UUID, Integer> leaving = new LinkedHashMap<>();
        private int lingers;

        FakeHost(Host host) {
            this.host = host;
        }

        public Guest add(Guest guest, String definition) {
            guests.put(guest.uuid(), guest);
            definitions.put(guest.uuid(), definition);
            return guest;
        }

        public Guest addRunning(String name, String definition) {
            Definition read = Definition.parse(definition);
            return add(
                    new Guest(
                            name,
                            read.uuid(),
                            guests.size() + 1,
                            GuestState.BLOCKED,
                            Duration.ofSeconds(7),
                            read.memoryBytes(),
                            read.vcpus(),
                            true),
                    definition);
        }

        public void set(UUID uuid, GuestState state) {
            Guest guest = known(uuid);
            guests.put(
                    uuid,
                    new Guest(
                            guest.name(),
                            uuid,
                            state.active() ? Math.max(1, guest.id()) : -1,
                            state,
                            guest.cpuTime(),
                            guest.memoryBytes(),
                            guest.vcpus(),
                            guest.persistent()));
        }

        public void has(HostEquipment found) {
            equipment = found;
        }

        /** Another machine answers there. */
        public void becomes(String name) {
            self = name;
        }

        /** A domain that libvirt does not know of. */
        public void addUnmanaged(UUID uuid, String words) {
            unmanaged.put(uuid, words);
        }

        /** Somebody pauses it, and libvirt does not hear of that. */
        public void pauseOutside(UUID uuid) {
            pausedOutside.add(uuid);
        }

        public void beginJob(UUID uuid) {
            inJob.add(uuid);
        }

        public void remove(UUID uuid) {
            guests.remove(uuid);
        }

        public void freeMemory(long bytes) {
            freeMemoryBytes = bytes;
        }

        private Guest known(UUID uuid) {
            return guest(uuid).orElseThrow(() -> new NotFound("no-such-guest", "no guest '" + uuid + "'", ""));
        }

        @Override
        public Host host() {
            return host;
        }

        @Override
        public HostFacts facts() {
            return new HostFacts(
                    self.isEmpty() ? host.name() : self, "Xen", XEN, LIBVIRT, 2, 8L << 30, freeMemoryBytes);
        }

        @Override
        public List<Guest> guests() {
            List<Guest> sorted = new ArrayList<>(guests.values());
            sorted.sort(Comparator.comparing(Guest::name));
            return sorted;
        }

        @Override
        public Optional<Guest> guest(UUID uuid) {
            gone(uuid);
            return Optional.ofNullable(guests.get(uuid));
        }

        @Override
        public Duration ownCpuTime() {
            return Duration.ofSeconds(100);
        }

        @Override
        public HostEquipment equipment(Set<String> diskPaths) {
            return equipment;
        }

        @Override
        public Optional<String> unmanaged(UUID uuid) {
            return Optional.ofNullable(unmanaged.get(uuid));
        }

        @Override
        public boolean pausedOutside(Guest guest) {
            return pausedOutside.contains(guest.uuid());
        }

        @Override
        public String definition(UUID uuid) {
            return Optional.ofNullable(definitions.get(uuid)).orElseThrow();
        }

        @Override
        public boolean jobActive(UUID uuid) {
            return inJob.contains(uuid);
        }

        @Override
        public void resume(UUID uuid) {
            if (known(uuid).state() != GuestState.PAUSED) {
                throw new Failed("not-paused", "guest '" + uuid + "' is not paused", "");
            }
            set(uuid, GuestState.RUNNING);
        }

        @Override
        public Guest start(Definition definition, boolean persistent) {
            remove(definition.uuid());
            return addRunning(definition.name(), definition.xml());
        }

        @Override
        public void destroy(UUID uuid) {
            if (!known(uuid).state().active()) {
                throw new Failed("not-active", "guest '" + uuid + "' is not active", "");
            }
            if (known(uuid).persistent()) {
                set(uuid, GuestState.SHUT_OFF);
            } else {
                leaving.put(uuid, lingers);
                set(uuid, GuestState.SHUT_OFF);
                gone(uuid);
            }
        }

        /** What is transient is listed a little longer than it lives. */
        private void gone(UUID uuid) {
            Integer left = leaving.get(uuid);
            if (left != null && left == 0) {
                leaving.remove(uuid);
                guests.remove(uuid);
            } else if (left != null) {
                leaving.put(uuid, left - 1);
            }
        }

        /** How often a transient guest is still listed after its end. */
        public void lingers(int looks) {
            lingers = looks;
        }

        @Override
        public void undefine(UUID uuid) {
            if (known(uuid).state().active()) {
                throw new Failed("still-active", "guest '" + uuid + "' is active", "");
            }
            if (!known(uuid).persistent()) {
                throw new Failed("transient", "cannot undefine transient domain", "");
            }
            guests.remove(uuid);
        }

        @Override
        public void close() {
            // The world stays as it is.
        }
    }
}
