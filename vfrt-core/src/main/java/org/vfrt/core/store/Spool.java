package org.vfrt.core.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.process.KnownProcess;

/** Where the packs of a store are made: always on this machine, so that no guest waits for a network. */
public record Spool(Path directory) {

    private static final Duration ABANDONED = Duration.ofDays(2);

    /** Beside a directory: who makes the pack in it. */
    private static final String MAKER = ".maker";

    private static final int MAKER_BYTES_MAX = 1024;

    /** Makes the directory for a pack that nobody makes yet. The spool itself must be there. */
    public Making begin(CheckpointId id) throws IOException {
        Making making = of(id);
        if (Files.exists(making.directory(), LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(making.directory().toString());
        }
        try {
            // Before the directory: of one without it nobody knows whose it is.
            DurableFiles.write(maker(id), KnownProcess.note().getBytes(StandardCharsets.UTF_8));
            DurableFiles.createDirectory(making.directory());
            return making;
        } catch (IOException e) {
            Files.deleteIfExists(maker(id));
            throw e;
        }
    }

    /** Returns when a making began, or something in its directory was made or removed, by the file system's own clock. */
    Instant madeAt(Making making) throws IOException {
        return Files.getLastModifiedTime(making.directory()).toInstant();
    }

    private Path maker(CheckpointId id) {
        return directory.resolve(id + MAKER);
    }

    /** Returns where a pack is made. */
    public Making of(CheckpointId id) {
        return new Making(id, directory.resolve(id.text()));
    }

    /** Removes what is left of a pack that was not made, or is not needed here any more. */
    public void discard(CheckpointId id) throws IOException {
        DurableFiles.removeTree(of(id).directory());
        DurableFiles.remove(maker(id));
    }

    /** Returns what is being made. */
    Set<CheckpointId> making() throws IOException {
        Set<CheckpointId> making = new TreeSet<>();
        for (String name : DurableFiles.names(directory)) {
            if (CheckpointId.matches(name) && !isOfTheDead(new CheckpointId(name))) {
                making.add(new CheckpointId(name));
            }
        }
        return making;
    }

    /** Removes what processes of this machine were making when they died. */
    public void discardOfTheDead() throws IOException {
        for (String name : DurableFiles.names(directory)) {
            String id = name.endsWith(MAKER) ? name.substring(0, name.length() - MAKER.length()) : "";
            if (CheckpointId.matches(id) && isOfTheDead(new CheckpointId(id))) {
                discard(new CheckpointId(id));
            }
        }
    }

    private boolean isOfTheDead(CheckpointId id) throws IOException {
        if (!Files.exists(of(id).directory(), LinkOption.NOFOLLOW_LINKS)) {
            // Made already, or not begun yet: then only the two days are left to tell by.
            return true;
        }
        try {
            return KnownProcess.isDead(
                    new String(DurableFiles.read(maker(id), MAKER_BYTES_MAX), StandardCharsets.UTF_8));
        } catch (NoSuchFileException | OddFile e) {
            return false;
        }
    }

    /**
     * What no journal entry names any more, because a person removed that, and nobody knows whose it is, would stay for ever. A capture writes all the time; what
     * nobody wrote to for two days belongs to nobody. The time is the file system's own, as of the one just made.
     */
    void forgetAbandonedBefore(Making madeNow) throws IOException {
        Instant old = madeAt(madeNow).minus(ABANDONED);
        for (Path one : DurableFiles.list(directory)) {
            Path pack = StoreFiles.pack(one);
            Path newest = Files.exists(pack, LinkOption.NOFOLLOW_LINKS) ? pack : one;
            if (Files.getLastModifiedTime(newest, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isBefore(old)) {
                DurableFiles.removeTree(one);
            }
        }
    }
}
