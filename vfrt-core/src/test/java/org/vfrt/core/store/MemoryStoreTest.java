package org.vfrt.core.store;

import org.vfrt.core.checkpoint.CheckpointStore;

final class MemoryStoreTest extends CheckpointStoreContract {

    private final MemoryStore store = new MemoryStore();

    @Override
    protected CheckpointStore store() {
        return store;
    }
}
