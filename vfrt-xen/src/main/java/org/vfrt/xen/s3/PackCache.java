package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.durable.DurableFiles;

/**
 * What this machine keeps of packs in a bucket, so that a capture can lead to them without asking for them: whole ones that were made
 * here, and the ends of others. It can be thrown away at any time. Each file holds the bytes of one writing of a pack, each at its
 * place, from the offset in its name on, and the pack's beginning. For any number of threads and processes.
 */
final class PackCache {

    private static final Pattern NAME = Pattern.compile("([^@]+)@([0-9]{4}-[0-9a-f]{8})@([0-9]+)");

    private final Path directory;
    private final long limitBytes;
    private @Nullable Map<String, Found> known;

    /** @param directory is there */
    PackCache(Path directory, long limitBytes) {
        this.directory = directory;
        this.limitBytes = limitBytes;
    }

    /**
     * A pack, as far as it is kept.
     *
     * @param from what is behind this is there
     */
    record Kept(FileChannel file, long from) {}

    private record Found(Path path, String key, long from, long bytes, Instant used) {}

    private static String prefix(Objects.Entry entry) {
        return entry.key().substring(PackObject.PREFIX.length()).replace('/', '@') + "@";
    }

    /** Opens what is kept of a pack. */
    Optional<Kept> open(Objects.Entry entry) throws IOException {
        Found found = known().get(entry.key());
        if (found == null) {
            return Optional.empty();
        }
        try {
            FileChannel file = DurableFiles.open(found.path());
            if (file.size() == entry.bytes()) {
                touch(found.path());
                return Optional.of(new Kept(file, found.from()));
            }
            file.close();
            return Optional.empty();
        } catch (NoSuchFileException e) {
            // Another process made room in between.
            return Optional.empty();
        }
    }

    /** Looked at once: there may be thousands. */
    private synchronized Map<String, Found> known() throws IOException {
        Map<String, Found> there = known;
        if (there == null) {
            there = new ConcurrentHashMap<>();
            for (Found one : found()) {
                there.put(one.key(), one);
            }
            known = there;
        }
        return there;
    }

    /** Tells which packs have gone unused for longest. */
    private static void touch(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    }

    /** Takes over a pack that was made here and is durable. */
    void keepWhole(Path pack, Objects.Entry entry) throws IOException {
        Files.move(pack, directory.resolve(prefix(entry) + "0"), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Keeps the ends of a pack.
     *
     * @param ends each byte at its place
     * @param beginBytes how many from the beginning are there
     * @param from from where on all are
     */
    void keepEnds(FileChannel ends, Objects.Entry entry, long beginBytes, long from) throws IOException {
        Path fresh = directory.resolve("making-" + UUID.randomUUID());
        try (FileChannel file = DurableFiles.create(fresh)) {
            copy(ends, 0, beginBytes, file);
            copy(ends, from, entry.bytes() - from, file);
            // What a power cut leaves of it would be taken for damage.
            file.force(true);
            Path kept = directory.resolve(prefix(entry) + from);
            Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE);
            keep(new Found(kept, entry.key(), from, entry.bytes() - from, Instant.now()));
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private synchronized void keep(Found found) throws IOException {
        known().put(found.key(), found);
    }

    private static void copy(FileChannel source, long from, long bytes, FileChannel target) throws IOException {
        for (long at = from; at < from + bytes; ) {
            target.position(at);
            at += source.transferTo(at, from + bytes - at, target);
        }
    }

    /** Removes what no pack of these is, and then what was not used for longest, until the rest fits. */
    void makeRoom(Collection<Objects.Entry> packs) throws IOException {
        Set<String> there = new HashSet<>();
        packs.forEach(pack -> there.add(pack.key()));
        List<Found> all = new ArrayList<>(found());
        all.sort(Comparator.comparing(Found::used).reversed());
        long bytes = 0;
        for (Found one : all) {
            bytes += one.bytes();
            if (bytes > limitBytes || !there.contains(one.key())) {
                bytes -= one.bytes();
                Files.deleteIfExists(one.path());
            }
        }
    }

    private List<Found> found() throws IOException {
        List<Found> found = new ArrayList<>();
        for (Path path : DurableFiles.list(directory)) {
            Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
            if (!name.matches()) {
                continue;
            }
            long from = Long.parseLong(name.group(3));
            try {
                found.add(new Found(
                        path,
                        PackObject.PREFIX + name.group(1) + "/" + name.group(2),
                        from,
                        Files.size(path) - from,
                        Files.getLastModifiedTime(path).toInstant()));
            } catch (NoSuchFileException e) {
                // Another process made room.
            }
        }
        return found;
    }
}
