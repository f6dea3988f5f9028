package org.vfrt.core.placement;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Pools that a test writes down: equal hosts, and guests that differ in size. */
public final class SmallPools {

    private static final long GIB = 1L << 30;

    private SmallPools() {}

    public static PoolLoad pool(int hosts, Stream<GuestLoad> guests) {
        return new PoolLoad(hosts(hosts), guests.toList(), List.of());
    }

    /** Hosts of 32 GiB and 8 CPUs. */
    public static List<HostLoad> hosts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new HostLoad(
                        "host" + i,
                        HostLoad.State.ONLINE,
                        "host" + i,
                        new Amount(32 * GIB, 8, 32),
                        new Amount(32 * GIB, Double.POSITIVE_INFINITY, 32),
                        Amount.NONE,
                        Set.of(),
                        RandomPools.XEN))
                .toList();
    }

    /** A guest whose use of CPUs is as large as that of memory. */
    public static GuestLoad guest(String name, int host, int gibibytes) {
        return new GuestLoad(
                name,
                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)),
                "host" + host,
                new Amount(gibibytes * GIB, gibibytes / 4.0, 1),
                Set.of(),
                RandomPools.XEN,
                Optional.empty(),
                0);
    }
}
