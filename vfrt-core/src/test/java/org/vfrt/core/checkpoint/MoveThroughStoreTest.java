package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.OpenPool;

final class MoveThroughStoreTest {

    @TempDir
    private Path directory;

    private CheckpointWorld world = new CheckpointWorld(Path.of("/nowhere"));

    @BeforeEach
    void aWorld() {
        world = new CheckpointWorld(directory);
    }

    private MoveThroughStore.Moved move() {
        try (OpenPool hosts = world.pool.pool().open()) {
            OpenPool.Located found = hosts.locate("web1", Optional.empty());
            try (GuestLock lock = world.locks.take(
                    found.guest().uuid(), found.guest().name(), CheckpointWorld.MOVING, Duration.ZERO)) {
                JournalEntry entry =
                        Unfinished.begin(world.journal, CheckpointWorld.MOVING, lock, "web1", found.host());
                try {
                    return world.moves()
                            .run(
                                    new MoveThroughStore.Move(
                                            found.host(),
                                            hosts.host("xen2"),
                                            found.guest(),
                                            Definition.parse(found.host()
                                                    .definition(found.guest().uuid())),
                                            lock),
                                    entry,
                                    Progress.NONE);
                } finally {
                    if (!entry.unsettled()) {
                        world.journal.end(entry);
                    }
                }
            }
        }
    }

    @Test
    void theGuestRunsOnItsNewHostAloneAndItsCheckpointStays() {
        Guest guest = world.web1On("xen1");

        MoveThroughStore.Moved moved = move();

        assertThat(moved.guest().state().running()).isTrue();
        assertThat(world.pool.on("xen1").guest(guest.uuid())).isEmpty();
        assertThat(world.pool.on("xen2").guest(guest.uuid())).isPresent();
        assertThat(world.store.list()).extracting(Manifest::id).containsExactly(moved.checkpoint());
        assertThat(world.save.forgotten).hasSize(1);
        assertThat(world.journal.about(guest.uuid())).isEmpty();
    }

    @Test
    void aGuestThatIsNotRestoredThereIsBroughtBack() {
        Guest guest = world.web1On("xen1");
        world.restorer.before = () -> {
            throw new Failed("no-room", "there is no room", "");
        };
        world.save.atSettle = () -> world.pool.on("xen1").set(guest.uuid(), GuestState.RUNNING);

        assertThatThrownBy(this::move)
                .isInstanceOf(Failed.class)
                .hasMessageContaining("there is no room")
                .hasMessageContaining("the guest was made sure of");

        assertThat(world.pool.on("xen1").guest(guest.uuid()).orElseThrow().state())
                .isEqualTo(GuestState.RUNNING);
        assertThat(world.save.forgotten).isEmpty();
        assertThat(world.journal.about(guest.uuid())).isEmpty();
    }

    /** As left by a process that died behind the save. */
    private Guest leftStopped() {
        Guest guest = world.web1On("xen1");
        world.save.during = () -> {
            throw new IllegalStateException("killed");
        };
        try (OpenPool hosts = world.pool.pool().open();
                GuestLock lock = world.locks.take(guest.uuid(), "web1", CheckpointWorld.MOVING, Duration.ZERO)) {
            JournalEntry entry =
                    Unfinished.begin(world.journal, CheckpointWorld.MOVING, lock, "web1", hosts.host("xen1"));
            entry.note(Unfinished.METHOD, Method.SAVE.name());
            entry.note(JournalEntry.UNSETTLED, JournalEntry.YES);
        }
        world.pool.on("xen1").set(guest.uuid(), GuestState.SHUT_OFF);
        return guest;
    }

    @Test
    void aMoveThatDiedBehindTheSaveBringsTheGuestBackOnItsOldHost() {
        Guest guest = leftStopped();

        SettleUnfinished.Settlement settlement = world.settle();

        assertThat(settlement.left()).isEmpty();
        assertThat(world.save.settled).hasSize(1);
        assertThat(world.journal.about(guest.uuid())).isEmpty();
    }

    @Test
    void aMoveThatDiedWhenTheGuestRanOnItsNewHostOnlyTidiesUp() {
        Guest guest = leftStopped();
        world.web1On("xen2");

        assertThat(world.settle().left()).isEmpty();

        assertThat(world.save.settled).isEmpty();
        assertThat(world.save.forgotten).hasSize(1);
        assertThat(world.pool.on("xen1").guest(guest.uuid())).isEmpty();
    }

    @Test
    void nothingIsBroughtBackWhileAHostIsSilentThatMayRunIt() {
        Guest guest = leftStopped();
        world.pool.silence("xen2");

        List<Reason> left = world.settle().left();

        assertThat(left).extracting(Reason::code).containsExactly("host-silent");
        assertThat(world.save.settled).isEmpty();
        assertThat(world.journal.about(guest.uuid())).hasSize(1);
    }
}
