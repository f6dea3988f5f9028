package org.vfrt.core.store;

import java.nio.file.Path;
import java.util.List;
import org.vfrt.core.checkpoint.CheckpointId;

/** Where everything lies in a store. Names and paths only. */
record StoreFiles(Path store) {

    Path checkpoints() {
        return store.resolve("checkpoints");
    }

    Path incoming() {
        return store.resolve("incoming");
    }

    Path retired() {
        return store.resolve("retired");
    }

    /** Returns the directories in it that may not be links. */
    List<Path> parts() {
        return List.of(
                checkpoints(), incoming(), retired(), index(), store.resolve("verified"), store.resolve("damaged"));
    }

    Path index() {
        return store.resolve("index");
    }

    Path checkpoint(CheckpointId id) {
        return checkpoints().resolve(id.text());
    }

    Path incoming(CheckpointId id) {
        return incoming().resolve(id.text());
    }

    Path retired(CheckpointId id) {
        return retired().resolve(id.text());
    }

    static Path pack(Path checkpoint) {
        return checkpoint.resolve("pack");
    }

    static Path workspace(Path making) {
        return making.resolve("work");
    }

    static Path manifest(Path checkpoint) {
        return checkpoint.resolve("manifest.json");
    }
}
