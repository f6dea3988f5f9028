package org.vfrt.core.store;

import java.nio.file.Path;
import org.vfrt.core.checkpoint.CheckpointId;

/** A directory of this machine in which a pack is made, and nothing else is. */
public record Making(CheckpointId id, Path directory) {

    /** The pack in the making. */
    public Path pack() {
        return StoreFiles.pack(directory);
    }

    /** For what is needed meanwhile. */
    Path workspace() {
        return StoreFiles.workspace(directory);
    }
}
