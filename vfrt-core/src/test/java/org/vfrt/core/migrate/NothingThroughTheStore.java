package org.vfrt.core.migrate;

import java.time.Clock;
import java.util.List;
import org.vfrt.core.checkpoint.Capture;
import org.vfrt.core.checkpoint.CaptureJob;
import org.vfrt.core.checkpoint.Captured;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.MoveThroughStore;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.store.MemoryStore;

/** For tests in which guests move live: a capture that must never be asked for anything. */
final class NothingThroughTheStore implements Capture {

    static MoveThroughStore of(Pool pool, Journal journal, Clock clock) {
        return new MoveThroughStore(
                MigrateGuest.OPERATION,
                pool,
                new NothingThroughTheStore(),
                List.of(),
                new MemoryStore(),
                journal,
                clock);
    }

    private static AssertionError asked() {
        return new AssertionError("nothing is captured here");
    }

    @Override
    public Method method() {
        return Method.SAVE;
    }

    @Override
    public List<Reason> obstacles(Hypervisor host) {
        throw asked();
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, Guest guest, Definition definition) {
        throw asked();
    }

    @Override
    public Captured capture(CaptureJob job) {
        throw asked();
    }

    @Override
    public List<String> settle(JournalEntry entry, Hypervisor host) {
        throw asked();
    }
}
