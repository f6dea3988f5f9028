package org.vfrt.xen.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.CheckpointWorld;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.xen.host.HostShells;

/**
 * What checkpoints read and store of a disk of which a known part has changed: vfrt's own way from the snapshot to the store, with the file system that the
 * disk is on, and a memory of 256 KiB. Started by scripts/bench/disks.
 */
public final class DisksBench {

    private static final String GUEST = "web1";
    private static final Pattern READ = Pattern.compile("disk 'xvda': (\\d+) KiB of .*");

    /** The same in each run. */
    private final Random random = new Random(20261130);

    private final CheckpointWorld world;
    private final Path store;
    private final Path disk;
    private final long diskBytes;
    private final DiskSnapshots snapshots =
            new HostDisks(host -> HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty())));

    private DisksBench(Path work, Path disk, long diskBytes) {
        this.world = new CheckpointWorld(work);
        this.store = work.resolve("store");
        this.disk = disk;
        this.diskBytes = diskBytes;
    }

    /**
     * Usage: DisksBench WORK DISK MEBIBYTES CHANGE…, where a change is KIBIBYTES:PIECE_KIBIBYTES. The disk is made. Prints a line for the first checkpoint, and
     * one for each change and the checkpoint after it: the bytes changed, in pieces of how many, read, and stored.
     */
    public static void main(String[] arguments) throws IOException {
        DisksBench bench =
                new DisksBench(Path.of(arguments[0]), Path.of(arguments[1]), Long.parseLong(arguments[2]) << 20);
        bench.fill();
        bench.checkpoint(bench.diskBytes, bench.diskBytes);
        for (String change : List.of(arguments).subList(3, arguments.length)) {
            String[] numbers = change.split(":", 2);
            long bytes = Long.parseLong(numbers[0]) << 10;
            int piece = Integer.parseInt(numbers[1]) << 10;
            bench.change(bytes, piece);
            bench.checkpoint(bytes, piece);
        }
    }

    private void fill() throws IOException {
        world.pool
                .on("xen1")
                .addRunning(
                        GUEST,
                        "<domain type='xen'><name>" + GUEST + "</name><uuid>11111111-2222-3333-4444-555555555555</uuid>"
                                + "<memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type>xenpvh</type></os><devices><disk device='disk'><source file='"
                                + disk + "'/><target dev='xvda'/></disk></devices></domain>");
        try (FileChannel file = FileChannel.open(disk, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < diskBytes; at += 1 << 20) {
                write(file, at, 1 << 20);
            }
            file.force(true);
        }
    }

    /** Writes what does not compress and is nowhere else, all over the disk, each place at most once. */
    private void change(long bytes, int piece) throws IOException {
        List<Integer> places =
                IntStream.range(0, Math.toIntExact(diskBytes / piece)).boxed().collect(Collectors.toList());
        Collections.shuffle(places, random);
        try (FileChannel file = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            for (int place : places.subList(0, Math.toIntExact(bytes / piece))) {
                write(file, (long) place * piece, piece);
            }
            file.force(true);
        }
    }

    private void write(FileChannel file, long at, int length) throws IOException {
        byte[] content = new byte[length];
        random.nextBytes(content);
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
            file.write(buffer, at + buffer.position());
        }
    }

    private void checkpoint(long changed, long piece) {
        long before = bytesOfStore();
        CreateCheckpoint.Outcome outcome = world.create(DiskWish.CONTENT, snapshots);
        System.out.printf(
                Locale.ROOT, "%d %d %d %d%n", changed, piece, read(outcome.notes()) << 10, bytesOfStore() - before);
    }

    private static long read(List<String> notes) {
        return notes.stream()
                .map(READ::matcher)
                .filter(Matcher::matches)
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nothing is said of the disk: " + notes));
    }

    private long bytesOfStore() {
        if (!Files.exists(store)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(store)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
