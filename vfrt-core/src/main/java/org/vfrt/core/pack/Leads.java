package org.vfrt.core.pack;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The numbers that a pack in the making gives to the packs it leads to; itself is 0. For one thread. */
final class Leads {

    private final Packs packs;
    private final Map<Integer, Integer> numbers = new HashMap<>();
    private final List<String> names = new ArrayList<>();

    Leads(Packs packs, String own) {
        this.packs = packs;
        names.add(own);
        numbers.put(Slot.OWN, 0);
    }

    /** Returns the number for a pack of {@link Packs}. */
    int of(int pack) throws DamagedPack {
        Integer known = numbers.get(pack);
        if (known == null) {
            known = names.size();
            names.add(packs.pack(pack).name());
            numbers.put(pack, known);
        }
        return known;
    }

    /** Returns the names, by number. */
    List<String> names() {
        return List.copyOf(names);
    }
}
