package org.vfrt.core.store;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;

/** Adds to this machine's index of pages the packs that other machines stored. */
final class CatchUp {

    private final Backend backend;
    private final Packs packs;

    CatchUp(Backend backend, Packs packs) {
        this.backend = backend;
        this.packs = packs;
    }

    /** Adds those of these packs that are not in it. */
    void run(Collection<String> names) throws IOException {
        if (missing(names).isEmpty()) {
            return;
        }
        // Before the lock: opening takes longer.
        List<String> open = names.stream().filter(packs::opens).toList();
        backend.lock(Backend.Lock.CHANGES).holding(() -> {
            try (StoreIndex index = StoreIndex.open(backend.index())) {
                Set<String> known = Set.copyOf(index.packs());
                for (String name : open) {
                    if (!known.contains(name)) {
                        index.add(packs, name);
                    }
                }
            }
            return names;
        });
    }

    private Set<String> missing(Collection<String> names) throws IOException {
        Set<String> missing = new HashSet<>(names);
        try (StoreIndex index = StoreIndex.open(backend.index())) {
            index.packs().forEach(missing::remove);
        }
        return missing;
    }
}
