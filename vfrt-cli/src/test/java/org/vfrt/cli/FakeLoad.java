package org.vfrt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vfrt.core.placement.Amount;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Rejection;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Version;

/** What the hosts of a {@link FakeWorld} carry. Every host that answers has 4 GiB for guests. */
final class FakeLoad {

    private static final Version XEN = new Version(4, 17, 3);

    private FakeLoad() {}

    /** @param full whether there is a guest more that nobody has room for, and one with a device of its host */
    static PoolLoad of(List<Host> hosts, boolean full) {
        List<GuestLoad> guests = new ArrayList<>();
        for (Host host : hosts) {
            if (host.name().equals("xen1")) {
                guests.add(guest("web1", "xen1", 512, Optional.empty()));
                guests.add(guest("web2", "xen1", 512, Optional.empty()));
            }
            if (host.name().equals("xen2")) {
                guests.add(guest("mail", "xen2", 1536, Optional.empty()));
            }
            if (host.name().equals("xen2") && full) {
                guests.add(guest("big", "xen2", 3072, Optional.empty()));
                guests.add(guest("gpu", "xen2", 128, Optional.of(Rejection.Code.PASSTHROUGH)));
            }
        }
        return new PoolLoad(hosts.stream().map(FakeLoad::host).toList(), guests, List.of());
    }

    private static HostLoad host(Host host) {
        boolean silent = host.name().startsWith("silent");
        Amount memory = new Amount(silent ? 1 : 4L << 30, 8, 64);
        return new HostLoad(
                host.name(),
                silent ? HostLoad.State.UNKNOWN : HostLoad.State.ONLINE,
                host.name(),
                memory,
                memory,
                Amount.NONE,
                Set.of(),
                XEN);
    }

    private static GuestLoad guest(String name, String host, long mebibytes, Optional<Rejection.Code> bound) {
        return new GuestLoad(
                name,
                FakeWorld.uuid(name),
                host,
                new Amount(mebibytes << 20, 0.5, 2),
                Set.of(),
                XEN,
                bound.map(code -> new GuestLoad.Bound(code, "it has a device of its host")),
                0);
    }
}
