package org.vfrt.core.claim;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A register that lasts as long as its process: for rehearsals. Safe for several threads. */
public final class MemoryRegister implements Register {

    private final TreeMap<String, Entry> entries = new TreeMap<>();
    private long revision;
    private @Nullable Held lead;

    @Override
    public synchronized Optional<Entry> read(String key) {
        RegisterKeys.demandKey(key);
        return Optional.ofNullable(entries.get(key));
    }

    @Override
    public synchronized List<Entry> list(String prefix) {
        return entries.tailMap(prefix, true).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(prefix))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public synchronized Optional<Long> write(String key, long seen, String value) {
        RegisterKeys.demandKey(key);
        RegisterKeys.demandValue(key, value);
        if (revisionOf(key) != seen) {
            return Optional.empty();
        }
        revision++;
        entries.put(key, new Entry(key, revision, value));
        return Optional.of(revision);
    }

    @Override
    public synchronized boolean remove(String key, long seen) {
        RegisterKeys.demandKey(key);
        if (seen == ABSENT || revisionOf(key) != seen) {
            return false;
        }
        entries.remove(key);
        return true;
    }

    private long revisionOf(String key) {
        Entry entry = entries.get(key);
        return entry == null ? ABSENT : entry.revision();
    }

    @Override
    public synchronized Attempt attemptLead(String leader) {
        if (lead != null) {
            return new Attempt(Optional.empty(), lead.leader);
        }
        Held term = new Held(leader);
        lead = term;
        return new Attempt(Optional.of(term), leader);
    }

    /** The lead, until it is closed. */
    private final class Held implements Term {

        private final String leader;

        Held(String leader) {
            this.leader = leader;
        }

        @Override
        public boolean lasts() {
            synchronized (MemoryRegister.this) {
                return lead == this;
            }
        }

        @Override
        public void close() {
            synchronized (MemoryRegister.this) {
                if (lead == this) {
                    lead = null;
                }
            }
        }
    }
}
