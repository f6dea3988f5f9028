package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.pack.PackSource;
import org.vfrt.core.pack.Packs;

/** Finds the packs of a store, each named like its checkpoint. */
record StorePacks(StoreFiles files) implements Packs.Files {

    @Override
    public PackSource open(String name) throws IOException {
        if (!CheckpointId.matches(name)) {
            throw new NoSuchFileException(name);
        }
        CheckpointId id = new CheckpointId(name);
        Path live = StoreFiles.pack(files.checkpoint(id));
        try {
            return PackSource.of(DurableFiles.open(live));
        } catch (NoSuchFileException e) {
            return retired(id);
        }
    }

    /** Returns how it is said that a checkpoint's pack is not there. */
    static String missing(CheckpointId id) {
        return "pack '" + id + "' is missing";
    }

    private PackSource retired(CheckpointId id) throws IOException {
        try {
            return PackSource.of(DurableFiles.open(StoreFiles.pack(files.retired(id))));
        } catch (NoSuchFileException e) {
            throw (NoSuchFileException) new NoSuchFileException(missing(id)).initCause(e);
        }
    }
}
