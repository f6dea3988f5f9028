package org.vfrt.core.drill;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.Settler;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;

/** Takes away what drills left whose process died, and records that they came to nothing. */
public final class SettleDrill implements Settler {

    static final String DRILLED = "drilledGuest";
    static final String CHECKPOINT = "checkpoint";
    static final String SIGN = "sign";
    static final String MACHINE = "machine";

    /** Noted once the drill itself is recorded. */
    static final String RECORDED = "recorded";

    private final Pool pool;
    private final TakeAway takeAway;
    private final DrillRecords records;

    public SettleDrill(
            Pool pool,
            DiskSnapshots snapshots,
            DrillGround ground,
            DrillRecords records,
            Journal journal,
            Sleeper sleeper) {
        this.pool = pool;
        this.takeAway = new TakeAway(snapshots, ground, journal, sleeper);
        this.records = records;
    }

    @Override
    public String operation() {
        return DrillCheckpoint.OPERATION;
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, List<String> sentences) {
        Optional<DrillCopy> copy = DrillCopy.in(entry);
        if (copy.isEmpty()) {
            sentences.add("nothing had been begun on the host");
            return Optional.empty();
        }
        String hostName = entry.fact(JournalEntry.HOST).orElseThrow();
        try (Hypervisor host = pool.connect(hostName)) {
            String machine = host.facts().hostName();
            if (entry.fact(MACHINE).filter(noted -> !noted.equals(machine)).isPresent()) {
                return Optional.of(new Reason(
                        "other-host",
                        "the copy '" + copy.get().name() + "' was made on machine '"
                                + entry.fact(MACHINE).get() + "', and as host '" + hostName + "' answers machine '"
                                + machine + "'",
                        "See that the host's URI leads to that machine again. If it is off for good, remove the entry's file, '"
                                + entry.id() + "', from the journal in the state directory."));
            }
            List<Reason> left = takeAway.run(host, copy.get());
            if (!left.isEmpty()) {
                return Optional.of(left.get(0));
            }
        }
        sentences.add("the copy '" + copy.get().name() + "' on host '" + hostName
                + "' is gone, with all that was made for it");
        if (entry.fact(RECORDED).isEmpty()) {
            record(entry, hostName);
        }
        return Optional.empty();
    }

    private void record(JournalEntry entry, String hostName) {
        records.add(new DrillRecord(
                UUID.fromString(entry.fact(DRILLED).orElseThrow()),
                entry.fact(JournalEntry.GUEST).orElseThrow(),
                entry.fact(CHECKPOINT),
                Optional.of(hostName),
                Instant.parse(entry.fact(JournalEntry.BEGUN).orElseThrow()),
                DrillRecord.Result.NOT_RUN,
                "process-gone",
                "the process that held the drill ended in the middle of it",
                entry.fact(SIGN).orElse(""),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    }
}
