package org.vfrt.core.drill;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.disk.CopiedDisk;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.journal.JournalEntry;

/**
 * A copy that a drill makes, with all that has to be taken away again. Its name comes of the guest's alone, so that the logs that a host keeps of each name do
 * not grow in number with each drill.
 *
 * @param network empty when it has none
 */
record DrillCopy(String name, UUID uuid, List<CopiedDisk> disks, Optional<PrivateNetwork> network) {

    static final String PREFIX = "drill-";

    /** What vfrt itself takes for the name of a copy. */
    private static final int NAME_MAX = 63;

    private static final String NAME = "copyName";
    private static final String COPY_UUID = "copyUuid";
    private static final String DISKS = "copyDisks";
    private static final String NETWORK = "copyNetwork";
    private static final String INTERFACES = "copyInterfaces";

    DrillCopy {
        disks = List.copyOf(disks);
    }

    /** Returns what the copy of a guest is called. */
    static String nameOf(String guestName, UUID guest) {
        String name = PREFIX + guestName.replaceAll("[^A-Za-z0-9._+-]", "_");
        return name.length() <= NAME_MAX
                ? name
                : name.substring(0, NAME_MAX - 9) + "-" + guest.toString().substring(0, 8);
    }

    /** Returns what is locked while a guest is drilled: not the guest itself, which goes on as ever. */
    static UUID lockOf(UUID guest) {
        return UUID.nameUUIDFromBytes(("vfrt checkpoint drill " + guest).getBytes(StandardCharsets.UTF_8));
    }

    List<String> diskPaths() {
        return disks.stream().map(CopiedDisk::path).toList();
    }

    void noteIn(JournalEntry entry) {
        entry.note(NAME, name);
        entry.note(
                DISKS,
                disks.stream()
                        .map(one -> String.join(
                                "\t", one.engine().name(), one.target(), one.snapshot(), one.reference(), one.path()))
                        .collect(Collectors.joining("\n")));
        entry.note(
                INTERFACES,
                Integer.toString(network.map(PrivateNetwork::interfaces).orElse(0)));
        entry.note(NETWORK, network.map(PrivateNetwork::name).orElse(""));
        // Last: without it nothing was begun.
        entry.note(COPY_UUID, uuid.toString());
    }

    /** Returns what an entry notes; empty when nothing had been begun. */
    static Optional<DrillCopy> in(JournalEntry entry) {
        return entry.fact(COPY_UUID).map(uuid -> {
            List<CopiedDisk> disks = new ArrayList<>();
            Stream.of(entry.fact(DISKS).orElse("").split("\n", -1))
                    .filter(line -> !line.isEmpty())
                    .map(line -> line.split("\t", -1))
                    .forEach(row -> disks.add(new CopiedDisk(Engine.valueOf(row[0]), row[1], row[2], row[3], row[4])));
            return new DrillCopy(
                    entry.fact(NAME).orElseThrow(),
                    UUID.fromString(uuid),
                    disks,
                    entry.fact(NETWORK)
                            .filter(name -> !name.isEmpty())
                            .map(name -> new PrivateNetwork(
                                    name,
                                    Integer.parseInt(entry.fact(INTERFACES).orElse("0")))));
        });
    }
}
