package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.vfrt.core.pool.Version;

/**
 * Reads pools in the text format of Ganeti's htools (htools(1), "text backend"): shared storage, one group. Memory is in MiB, CPU time is
 * not known, and each host's own virtual CPU counts as one, as hbal has it.
 */
final class HtoolsText {

    private static final Version XEN = new Version(4, 17, 0);
    private static final int VCPUS_PER_CPU_MAX = 8;

    private HtoolsText() {}

    static PoolLoad read(String text) {
        String[] sections = text.split("\n\n", -1);
        List<HostLoad> hosts = new ArrayList<>();
        for (String line : sections[1].strip().lines().toList()) {
            String[] field = line.split("\\|", -1);
            long totalMiB = Long.parseLong(field[1]);
            double cpus = Double.parseDouble(field[6]);
            hosts.add(new HostLoad(
                    field[0],
                    field[7].equals("N") ? HostLoad.State.ONLINE : HostLoad.State.LEAVING,
                    field[0],
                    new Amount(totalMiB << 20, cpus, cpus),
                    // A guest must leave some memory free.
                    new Amount((totalMiB << 20) - 1, Double.POSITIVE_INFINITY, VCPUS_PER_CPU_MAX * cpus),
                    new Amount(Long.parseLong(field[2]) << 20, 0, 1),
                    Set.of(),
                    XEN));
        }
        List<GuestLoad> guests = new ArrayList<>();
        for (String line : sections[2].strip().lines().toList()) {
            String[] field = line.split("\\|", -1);
            if (!field[7].isEmpty()) {
                throw new IllegalArgumentException(
                        field[0] + " has a standby on " + field[7] + ": vfrt knows no such thing");
            }
            guests.add(new GuestLoad(
                    field[0],
                    UUID.nameUUIDFromBytes(field[0].getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                    field[6],
                    new Amount(Long.parseLong(field[1]) << 20, 0, Double.parseDouble(field[3])),
                    Set.of(),
                    XEN,
                    Optional.empty(),
                    0));
        }
        return new PoolLoad(hosts, guests, List.of());
    }
}
