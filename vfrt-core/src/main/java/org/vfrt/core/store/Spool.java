package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;

/** Where the packs of a store are made: always on this machine, so that no guest waits for a network. */
public record Spool(Path directory) {

    private static final Duration ABANDONED = Duration.ofDays(2);

    /** Makes the directory for a pack that nobody makes yet. The spool itself must be there. */
    public Making begin(CheckpointId id) throws IOException {
        Making making = of(id);
        DurableFiles.createDirectory(making.directory());
        return making;
    }

    /** Returns where a pack is made. */
    public Making of(CheckpointId id) {
        return new Making(id, directory.resolve(id.text()));
    }

    /** Removes what is left of a pack that was not made. */
    public void discard(CheckpointId id) throws IOException {
        DurableFiles.removeTree(of(id).directory());
    }

    /**
     * What no journal entry names any more, because a person removed that, would stay for ever. A capture writes all the time; what
     * nobody wrote to for two days belongs to nobody. The time is the file system's own, as of the one just made.
     */
    void forgetAbandonedBefore(Making madeNow) throws IOException {
        Instant old = Files.getLastModifiedTime(madeNow.directory()).toInstant().minus(ABANDONED);
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
