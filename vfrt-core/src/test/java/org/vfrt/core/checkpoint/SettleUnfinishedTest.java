package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.store.DirectoryBackend;
import org.vfrt.core.store.PackedStore;

final class SettleUnfinishedTest {

    private CheckpointWorld world;
    private Path directory;

    @BeforeEach
    void begin(@TempDir Path temporary) {
        directory = temporary;
        world = new CheckpointWorld(temporary);
    }

    @Test
    void aSavedGuestThatRunsElsewhereByNowIsNotStartedASecondTime() {
        Guest guest = leftUnfinished(Method.SAVE);
        world.pool.on("xen1").destroy(guest.uuid());
        world.web1On("xen2");
        assertThat(codes()).containsExactly("guest-still-runs");
        assertThat(world.save.settled).isEmpty();
        world.pool.on("xen2").destroy(guest.uuid());
        assertThat(codes()).isEmpty();
        assertThat(world.save.settled).hasSize(1);
    }

    @Test
    void aSavedGuestIsNotStartedWhileItMayRunOnASilentHost() {
        Guest guest = leftUnfinished(Method.SAVE);
        world.pool.on("xen1").destroy(guest.uuid());
        world.pool.silence("xen2");
        assertThat(codes()).containsExactly("host-silent");
        assertThat(world.save.settled).isEmpty();
        assertThat(world.journal.about(guest.uuid())).hasSize(1);
    }

    @Test
    void aSavedGuestIsNotStartedByWhoeverSeesOnlyAPartOfThePool() {
        Guest guest = leftUnfinished(Method.SAVE);
        world.pool.on("xen1").destroy(guest.uuid());
        world.web1On("xen2");
        Pool alone = new Pool(List.of(world.pool.on("xen1").host()), world.pool);
        assertThat(world.settle(alone, world.store).left())
                .extracting(Reason::code)
                .containsExactly("host-not-asked");
        assertThat(world.save.settled).isEmpty();
    }

    @Test
    void aSavedGuestThatIsActiveOnItsOwnHostIsSettledWhateverOtherHostsDo() {
        leftUnfinished(Method.SAVE);
        world.pool.silence("xen2");
        assertThat(codes()).isEmpty();
        assertThat(world.save.settled).hasSize(1);
    }

    @Test
    void aLiveCaptureStartsNothingAndAsksItsOwnHostOnly() {
        Guest guest = leftUnfinished(Method.LIVE);
        world.pool.on("xen1").destroy(guest.uuid());
        world.pool.silence("xen2");
        assertThat(codes()).isEmpty();
        assertThat(world.live.settled).hasSize(1);
    }

    @Test
    void aHostOfTheSameNameAtAnotherUriIsLeftAlone() {
        leftUnfinished(Method.LIVE);
        Host other = new Host("xen1", HostUri.parse("xen:///system"), Optional.empty());
        SettleUnfinished.Settlement settlement =
                world.settle(new Pool(List.of(other, world.pool.on("xen2").host()), world.pool), world.store);
        assertThat(settlement.left()).singleElement().satisfies(left -> {
            assertThat(left.code()).isEqualTo("other-host");
            assertThat(left.hint()).contains("--connect \"xen+ssh://root@xen1/system\"");
        });
        assertThat(world.live.settled).isEmpty();
        assertThat(codes()).isEmpty();
    }

    @Test
    void anotherMachineAtTheSameUriIsLeftAlone() {
        Guest guest = leftUnfinished(Method.LIVE);
        world.journal.about(guest.uuid()).get(0).note(Unfinished.HOST_SELF, "old-xen1");
        assertThat(codes()).containsExactly("other-host");
        assertThat(world.live.settled).isEmpty();
    }

    @Test
    void withAnotherStoreTheGuestIsSeenToAndTheEntryStays() {
        Guest guest = leftUnfinished(Method.LIVE);
        PackedStore other = new PackedStore(
                new DirectoryBackend(directory.resolve("other")), StoreKey.none(), new java.util.Random(1));
        assertThat(world.settle(world.pool.pool(), other).left())
                .singleElement()
                .satisfies(left -> {
                    assertThat(left.code()).isEqualTo("other-store");
                    assertThat(left.hint())
                            .contains("--store " + directory.resolve("store").toAbsolutePath());
                });
        assertThat(world.live.settled).hasSize(1);
        assertThat(world.journal.about(guest.uuid())).hasSize(1);
        assertThat(world.settle().left()).isEmpty();
        assertThat(world.journal.about(guest.uuid())).isEmpty();
    }

    @Test
    void anEntryThatMakesNoSenseDoesNotBlockTheOthers() {
        Guest guest = leftUnfinished(Method.LIVE);
        world.live.atSettle = () -> {
            throw new NumberFormatException("For input string: \"seven\"");
        };
        UUID other = UUID.randomUUID();
        entry(other, "checkpoint restore", ImageFormat.LIBXL.name());
        assertThat(codes()).containsExactly("unsettled");
        assertThat(world.journal.about(guest.uuid())).hasSize(1);
        assertThat(world.journal.about(other)).isEmpty();
    }

    @Test
    void whatThisVersionDoesNotKnowStaysInTheJournal() {
        entry(UUID.randomUUID(), "checkpoint create", "TELEPATHY");
        entry(UUID.randomUUID(), "checkpoint restore", "WAX");
        entry(UUID.randomUUID(), "guest teleport", "LIVE");
        entry(UUID.randomUUID(), "", "LIVE");
        assertThat(codes()).containsExactly("unsettled", "unsettled", "unsettled", "unsettled");
        assertThat(world.journal.unfinished())
                .hasSize(4)
                .allSatisfy(one -> one.lock().close());
    }

    private Guest leftUnfinished(Method method) {
        Guest guest = world.web1On("xen1");
        CheckpointWorld.FakeCapture capture = method == Method.LIVE ? world.live : world.save;
        capture.leavesGuestSuspended = true;
        assertThatThrownBy(() -> world.create(new CreateCheckpoint.Request(
                        "web1",
                        Optional.empty(),
                        Optional.of(method),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        DiskWish.REFERENCE,
                        false,
                        Duration.ZERO)))
                .isInstanceOf(Failed.class);
        return guest;
    }

    @Test
    void ofOneGuestOnOneHostNothingElseIsSettled() {
        UUID guest = UUID.randomUUID();
        entry(guest, "checkpoint restore", ImageFormat.LIBXL.name());
        entry(guest, "checkpoint restore", ImageFormat.LIBXL.name(), "xen2");
        entry(UUID.randomUUID(), "checkpoint restore", ImageFormat.LIBXL.name(), "xen2");
        try (GuestLock lock = world.locks.take(guest, "odd", "standby failover", Duration.ZERO)) {
            assertThat(world.settling(world.pool.pool(), world.store).run(lock, "xen2"))
                    .isEmpty();
        }
        assertThat(world.journal.about(guest))
                .singleElement()
                .satisfies(left -> assertThat(left.fact(JournalEntry.HOST)).contains("xen1"));
        assertThat(world.settle().left()).isEmpty();
    }

    private void entry(UUID guest, String operation, String method) {
        entry(guest, operation, method, "xen1");
    }

    private void entry(UUID guest, String operation, String method, String host) {
        try (GuestLock lock = world.locks.take(guest, "odd", operation, Duration.ZERO)) {
            JournalEntry entry = world.journal.begin(operation, lock, "odd", host);
            entry.note(Unfinished.METHOD, method);
        }
    }

    private List<String> codes() {
        return world.settle().left().stream().map(Reason::code).toList();
    }
}
