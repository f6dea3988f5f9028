package org.vfrt.xen.libvirt;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.vfrt.core.journal.JournalEntry;

/** A journal entry in memory, about one guest. */
final class MemoryEntry implements JournalEntry {

    private final Map<String, String> facts = new ConcurrentHashMap<>();

    MemoryEntry(UUID guest) {
        facts.put(GUEST_UUID, guest.toString());
    }

    @Override
    public String id() {
        return "entry";
    }

    @Override
    public Optional<String> fact(String key) {
        return Optional.ofNullable(facts.get(key));
    }

    @Override
    public void note(String key, String value) {
        facts.put(key, value);
    }
}
