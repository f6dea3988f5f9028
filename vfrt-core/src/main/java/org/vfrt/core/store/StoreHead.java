package org.vfrt.core.store;

import java.util.List;
import java.util.UUID;

/**
 * What a store says of itself: {@code STORE/store.json}.
 *
 * @param id tells it from every other store
 * @param slots its secret, wrapped once for each key that opens it; none when it is not encrypted
 */
record StoreHead(UUID id, List<KeySlot> slots) {

    StoreHead {
        slots = List.copyOf(slots);
    }

    boolean encrypted() {
        return !slots.isEmpty();
    }
}
