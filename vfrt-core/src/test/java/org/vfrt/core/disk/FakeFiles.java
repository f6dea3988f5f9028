package org.vfrt.core.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;

/** Files of snapshots that are texts. */
public final class FakeFiles implements SnapshotFiles {

    private final Map<String, Map<String, String>> snapshots = new TreeMap<>();

    /** Why the files do not all come; empty when they do. */
    public String breaksOff = "";

    /** Puts a file into a snapshot. */
    public void put(String snapshot, String path, String content) {
        snapshots.computeIfAbsent(snapshot, name -> new TreeMap<>()).put(path, content);
    }

    /** Takes a snapshot away. */
    public void lose(String snapshot) {
        snapshots.remove(snapshot);
    }

    private Map<String, String> wanted(Wish wish) {
        Map<String, String> all = snapshots.get(wish.disk().snapshot());
        if (all == null) {
            throw new Refused("snapshot-missing", "snapshot '" + wish.disk().snapshot() + "' is not there", "");
        }
        wish.paths().forEach(path -> {
            if (all.keySet().stream().noneMatch(file -> isIn(file, path))) {
                throw new NotFound(NO_SUCH_FILE, "there is no '" + path + "'", "");
            }
        });
        return all.entrySet().stream()
                .filter(entry -> wish.paths().stream().anyMatch(path -> isIn(entry.getKey(), path)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static boolean isIn(String file, String path) {
        return file.equals(path) || file.startsWith(path + "/");
    }

    @Override
    public Place look(Hypervisor host, Wish wish) {
        wanted(wish);
        return new Place("ext4", wish.partition());
    }

    @Override
    public Copied copy(Hypervisor host, Wish wish, Path directory, LongConsumer progress) {
        Map<String, String> wanted = wanted(wish);
        long bytes = 0;
        for (Map.Entry<String, String> file : wanted.entrySet()) {
            try {
                Path path = directory.resolve(file.getKey().substring(1));
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            bytes += file.getValue().length();
            progress.accept(bytes);
            if (!breaksOff.isEmpty()) {
                throw new Failed("files-incomplete", breaksOff, "");
            }
        }
        return new Copied(new Place("ext4", wish.partition()), wanted.size(), 0, bytes);
    }

    /** A disk whose snapshot may be in here. */
    static PairedDisk disk(String snapshot) {
        return new PairedDisk("xvda", "/images/web1.img", Engine.REFLINK, "1", 100, snapshot, "1");
    }
}
