package org.vfrt.xen.remus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.hot.EpochStart;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.FakePool;

final class RestoreEpochTest {

    @TempDir
    private Path directory;

    private EpochWorld world = new EpochWorld(Path.of("."));

    @BeforeEach
    void aGuest() {
        world = new EpochWorld(directory);
    }

    private EpochStart.Outcome restore() {
        Journal journal = new Journal(world.state(), EpochWorld.CLOCK);
        try (GuestLock lock =
                new GuestLocks(world.state(), EpochWorld.CLOCK).take(EpochWorld.WEB1, "web1", "test", Duration.ZERO)) {
            JournalEntry entry = journal.begin("test", lock, "web1", "xen2");
            EpochStart.Outcome outcome = new RestoreEpoch(world.restorer)
                    .run(
                            world.epochs(),
                            new FakePool("xen2").on("xen2"),
                            UnaryOperator.identity(),
                            true,
                            entry,
                            Progress.NONE);
            journal.end(entry);
            return outcome;
        }
    }

    @Test
    void theLastCompleteEpochIsRestoredUnderTheDefinitionItCameWith() {
        world.received();

        EpochStart.Outcome outcome = restore();

        assertThat(outcome.epoch().number()).isEqualTo(3);
        assertThat(outcome.guest().name()).isEqualTo("web1");
        assertThat(world.jobs).hasSize(1);
        assertThat(world.jobs.get(0).definition().xml()).isEqualTo(EpochWorld.DEFINITION);
        assertThat(world.jobs.get(0).imageBytes()).isEqualTo(world.images.get(0).length);
        assertThat(world.images.get(0)).isEqualTo(EpochWorld.STREAM.normalFormOf(3));
        assertThat(world.jobs.get(0).paused()).isFalse();
    }

    @Test
    void withoutACompleteEpochThereIsNothingToStart() {
        assertThatThrownBy(this::restore).isInstanceOf(NotFound.class).hasMessageContaining("no complete epoch");
        assertThat(world.jobs).isEmpty();
    }

    @Test
    void aTargetThatCannotTakeItIsNotTouched() {
        world.received();
        world.obstacles.add(new Reason("no-shell", "there is no way there", ""));
        assertThatThrownBy(this::restore).isInstanceOf(Refused.class);
        assertThat(world.jobs).isEmpty();
    }
}
