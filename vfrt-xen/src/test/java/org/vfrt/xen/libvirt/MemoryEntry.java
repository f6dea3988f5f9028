package org.vfrt.xen.libvirt;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.journal.JournalEntry;

/** A journal entry in memory, about one guest. */
final class MemoryEntry implements JournalEntry {

    private final Map<String, String> facts = new ConcurrentHashMap<>();

    /** As on a disk that is full. */
    boolean full;

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
        if (full) {
            throw new Failed("state-full", "the disk is full", "Free some space there.");
        }
        facts.put(key, value);
    }
}
