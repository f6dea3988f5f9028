package org.vfrt.core.store;

import java.nio.file.Path;
import org.vfrt.core.checkpoint.CheckpointId;

/** Where everything lies in a store. Names and paths only. */
record StoreFiles(Path store) {

    Path checkpoints() {
        return store.resolve("checkpoints");
    }

    Path incoming() {
        return store.resolve("incoming");
    }

    Path deleting() {
        return store.resolve("deleting");
    }

    Path checkpoint(CheckpointId id) {
        return checkpoints().resolve(id.text());
    }

    Path incoming(CheckpointId id) {
        return incoming().resolve(id.text());
    }

    Path deleting(CheckpointId id) {
        return deleting().resolve(id.text());
    }

    static Path image(Path checkpoint) {
        return checkpoint.resolve("image");
    }

    static Path definition(Path checkpoint) {
        return checkpoint.resolve("definition.xml");
    }

    static Path manifest(Path checkpoint) {
        return checkpoint.resolve("manifest.json");
    }
}
