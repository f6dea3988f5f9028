package org.vfrt.core.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.store.MemoryStore;

final class PruneCheckpointsTest {

    private static final KeepRules LAST_ONE = new KeepRules(1, Optional.empty(), 0, 0, 0, 0, 0, List.of());

    @TempDir
    Path state;

    private final Clock clock = Clock.fixed(Instant.parse("2026-11-25T00:00:00Z"), ZoneOffset.UTC);
    private final MemoryStore store = new MemoryStore();
    private GuestLocks locks;
    private Manifest oldest;
    private Manifest middle;
    private Manifest newest;
    private Manifest other;

    @BeforeEach
    void fill() {
        locks = new GuestLocks(state, clock);
        oldest = KeptCheckpoint.put(store, "web1", "<domain/>", "2026-11-21T00:00:00Z");
        middle = KeptCheckpoint.put(store, "web1", "<domain/>", "2026-11-22T00:00:00Z");
        newest = KeptCheckpoint.put(store, "web1", "<domain/>", "2026-11-23T00:00:00Z");
        other = KeptCheckpoint.put(store, "db", "<domain/>", "2026-11-20T00:00:00Z");
    }

    private PruneCheckpoints.Outcome prune(boolean dryRun) {
        return new PruneCheckpoints(store, locks, clock, ZoneOffset.UTC)
                .run(KeptCheckpoint.uuid("web1"), "web1", LAST_ONE, dryRun, Duration.ZERO);
    }

    @Test
    void whatTheRulesDoNotKeepGoesAndOtherGuestsAreLeftAlone() {
        store.noteVerified(oldest.id(), clock.instant());
        PruneCheckpoints.Outcome outcome = prune(false);

        assertThat(outcome.removed()).containsExactly(middle);
        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.verdicts())
                .extracting(Verdict::reasons)
                .containsExactly(List.of("last verified one"), List.of(), List.of("newest", "last 1"));
        assertThat(store.list()).containsExactlyInAnyOrder(oldest, newest, other);
    }

    @Test
    void aDryRunRemovesNothingAndNeedsNoLock() {
        try (GuestLock held = locks.take(KeptCheckpoint.uuid("web1"), "web1", "test", Duration.ZERO)) {
            assertThat(held.guest()).isEqualTo(KeptCheckpoint.uuid("web1"));
            assertThat(prune(true).verdicts())
                    .filteredOn(verdict -> !verdict.stays())
                    .hasSize(2);
        }
        assertThat(prune(true).removed()).isEmpty();
        assertThat(store.list()).hasSize(4);
    }

    @Test
    void whatAnotherOperationMayBeReadingIsNotRemoved() {
        try (GuestLock held = locks.take(KeptCheckpoint.uuid("web1"), "web1", "checkpoint restore", Duration.ZERO)) {
            assertThat(held.guest()).isEqualTo(KeptCheckpoint.uuid("web1"));
            assertThatThrownBy(() -> prune(false)).isInstanceOf(Busy.class).hasMessageContaining("checkpoint restore");
        }
        assertThat(store.list()).hasSize(4);
    }

    @Test
    void whenTheStoreFailsItSaysWhatIsGoneAlready() {
        MemoryStore failing = new MemoryStore() {
            @Override
            public void delete(CheckpointId id) {
                if (id.equals(middle.id())) {
                    throw new Failed("store-failed", "the store failed", "");
                }
                super.delete(id);
            }
        };
        KeptCheckpoint.put(failing, "web1", "<domain/>", "2026-11-21T00:00:00Z");
        KeptCheckpoint.put(failing, "web1", "<domain/>", "2026-11-22T00:00:00Z");
        KeptCheckpoint.put(failing, "web1", "<domain/>", "2026-11-23T00:00:00Z");
        PruneCheckpoints.Outcome outcome = new PruneCheckpoints(failing, locks, clock, ZoneOffset.UTC)
                .run(KeptCheckpoint.uuid("web1"), "web1", LAST_ONE, false, Duration.ZERO);

        assertThat(outcome.removed()).containsExactly(oldest);
        assertThat(outcome.failure()).get().isInstanceOf(Failed.class);
        assertThat(failing.list()).containsExactly(middle, newest);
    }
}
