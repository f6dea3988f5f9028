package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;
import org.vfrt.core.durable.DurableFiles;

/**
 * Where pages may be, by their ids: an open-addressed table in a file that is mapped and never read whole. It is a hint and nothing
 * more: what it says is compared with the packs' own ids, so a table that lost entries, or holds old ones, costs space and never a
 * page. That is why it is neither synced nor repaired.
 *
 * <p>16 bytes for each entry and at most 70 % full. One writer; readers of the same file, also in other processes, at any time.
 */
final class HashIndex implements AutoCloseable {

    /** No entry. */
    static final long NOTHING = -1;

    private static final long MAGIC = 0x58444e49_54524656L; // "VFRTINDX"
    private static final int HEAD_BYTES = 4096;
    private static final int CAPACITY_AT = 8;
    private static final int USED_AT = 16;
    private static final int ENTRY_BYTES = 16;
    private static final long CAPACITY_LEAST = 1 << 14;
    /**
     * No run of entries is nearly as long in a table that was added to; one that a power cut left full of rubbish has no end to it. What
     * would lie further on is not found, as if it had been lost.
     */
    private static final int PROBES_MAX = 4096;

    private final Path file;
    private FileChannel channel;
    private MappedArea area;
    private long mask;

    private HashIndex(Path file, FileChannel channel, MappedArea area) {
        this.file = file;
        this.channel = channel;
        this.area = area;
        this.mask = area.getLong(CAPACITY_AT) - 1;
    }

    /** Opens the table for reading and writing, and makes one when there is none that makes sense. */
    static HashIndex open(Path file) throws IOException {
        Optional<HashIndex> existing = existing(file, FileChannel.MapMode.READ_WRITE);
        return existing.isPresent() ? existing.get() : make(file, CAPACITY_LEAST);
    }

    /** Opens the table for reading; empty when there is none that makes sense. */
    static Optional<HashIndex> look(Path file) throws IOException {
        return existing(file, FileChannel.MapMode.READ_ONLY);
    }

    private static Optional<HashIndex> existing(Path file, FileChannel.MapMode mode) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        FileChannel channel = FileChannel.open(file, options(mode));
        long bytes = channel.size();
        if (bytes > HEAD_BYTES && Long.bitCount(bytes - HEAD_BYTES) == 1) {
            MappedArea area = mode == FileChannel.MapMode.READ_ONLY
                    ? MappedArea.reading(channel, 0, bytes)
                    : MappedArea.writing(channel, bytes);
            if (area.getLong(0) == MAGIC
                    && area.getLong(CAPACITY_AT) * ENTRY_BYTES == bytes - HEAD_BYTES
                    && Long.compareUnsigned(area.getLong(USED_AT), area.getLong(CAPACITY_AT)) <= 0) {
                return Optional.of(new HashIndex(file, channel, area));
            }
        }
        channel.close();
        return Optional.empty();
    }

    private static Set<OpenOption> options(FileChannel.MapMode mode) {
        Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        if (mode == FileChannel.MapMode.READ_WRITE) {
            options.add(StandardOpenOption.WRITE);
        }
        return options;
    }

    private static HashIndex make(Path file, long capacity) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        FileChannel channel = DurableFiles.openOrCreate(fresh);
        MappedArea area = MappedArea.writing(channel, HEAD_BYTES + capacity * ENTRY_BYTES);
        area.putLong(CAPACITY_AT, capacity);
        area.putLong(0, MAGIC);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        return new HashIndex(file, channel, area);
    }

    /** Returns how many entries there are. */
    long size() {
        return area.getLong(USED_AT);
    }

    /**
     * Finds a page.
     *
     * @param is asked about each place whose id begins alike, until it says yes
     * @return the place, or {@link #NOTHING}
     */
    long find(byte[] id, int at, LongPredicate is) {
        long print = print(PackLayout.little(id).getLong(at));
        for (long probe = 0; probe < PROBES_MAX; probe++) {
            long entry = entry(print + probe);
            long found = area.getLong(entry);
            if (found == 0) {
                return NOTHING;
            }
            if (found == print) {
                long place = area.getLong(entry + 8);
                if (is.test(place)) {
                    return place;
                }
            }
        }
        return NOTHING;
    }

    /** Adds a page that was not found. */
    void add(long idBegin, long place) throws IOException {
        long used = size();
        if (used * 10 >= (mask + 1) * 7) {
            grow();
        }
        put(print(idBegin), place);
        area.putLong(USED_AT, used + 1);
    }

    private void put(long print, long place) {
        long entry = entry(print);
        for (long probe = 1; area.getLong(entry) != 0; probe++) {
            if (probe == PROBES_MAX) {
                return;
            }
            entry = entry(print + probe);
        }
        // The place first: whoever sees the print must not find nothing behind it.
        area.putLong(entry + 8, place);
        area.putLong(entry, print);
    }

    private void grow() throws IOException {
        HashIndex larger = make(file, (mask + 1) * 2);
        for (long i = 0; i <= mask; i++) {
            long print = area.getLong(entry(i));
            if (print != 0) {
                larger.put(print, area.getLong(entry(i) + 8));
            }
        }
        larger.area.putLong(USED_AT, size());
        channel.close();
        channel = larger.channel;
        area = larger.area;
        mask = larger.mask;
    }

    /** What an entry should be. */
    @FunctionalInterface
    interface Expected {

        /** Returns how the id of the page at this place begins; empty when there is none. */
        OptionalLong idBegin(long place);
    }

    /**
     * Compares every entry with what it should be. Reads all of it. What is added meanwhile may be counted or not.
     *
     * @return how many entries, or other words of the table, are not what they should be
     */
    long odd(Expected expected) {
        long odd = 0;
        for (long at = USED_AT + Long.BYTES; at < HEAD_BYTES; at += Long.BYTES) {
            odd += area.getLong(at) == 0 ? 0 : 1;
        }
        long used = size();
        long seen = 0;
        for (long i = 0; i <= mask; i++) {
            long print = area.getLong(entry(i));
            long place = area.getLong(entry(i) + 8);
            if (print == 0) {
                // An entry that is being written has its place first.
                odd += place == 0 || area.getLong(entry(i)) != 0 ? 0 : 1;
                continue;
            }
            seen++;
            OptionalLong begin = expected.idBegin(place);
            odd += begin.isPresent() && print(begin.getAsLong()) == print ? 0 : 1;
        }
        return odd + (used == size() && seen != used ? 1 : 0);
    }

    private long entry(long position) {
        return HEAD_BYTES + (position & mask) * ENTRY_BYTES;
    }

    /** Zero marks what is free. */
    private static long print(long idBegin) {
        return idBegin == 0 ? 1 : idBegin;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
