package org.vfrt.core.store;

import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/** Asks a store for the name by which it is told from every other one, wherever it lies. */
public final class StoreName {

    private StoreName() {}

    /**
     * Returns it.
     *
     * @return empty when nothing was ever written to the store
     * @throws org.vfrt.core.failure.Damaged when the store's head cannot be read
     */
    public static Optional<UUID> of(Backend backend) throws IOException {
        return new StoreHeadFile(backend).read().map(StoreHead::id);
    }
}
