package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.placement.Rule;
import org.vfrt.core.placement.StandingRule;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Pool;

final class RestoreCheckpointTest {

    private CheckpointWorld world;
    private Path directory;

    @BeforeEach
    void begin(@TempDir Path temporary) {
        directory = temporary;
        world = new CheckpointWorld(temporary);
    }

    @Test
    void aDestroyedGuestComesBackOnTheHostItCameFrom() {
        Guest guest = takenAndDestroyed();
        RestoreCheckpoint.Outcome outcome = world.restore(onto(Optional.empty()));
        assertThat(outcome.hostName()).isEqualTo("xen1");
        assertThat(world.pool
                        .on("xen1")
                        .guest(guest.uuid())
                        .orElseThrow()
                        .state()
                        .running())
                .isTrue();
        assertThat(world.restorer.imageBytes)
                .isEqualTo(world.store.list().get(0).imageBytes());
    }

    @Test
    void onAnotherHostTheDefinitionThatStaysBehindIsNamed() {
        takenAndDestroyed();
        RestoreCheckpoint.Outcome outcome = world.restore(onto(Optional.of("xen2")));
        assertThat(outcome.notes()).singleElement().asString().contains("stays defined on host 'xen1'");
        assertThat(world.restorer.persistent).isFalse();
    }

    @Test
    void aGuestThatStillRunsAnywhereIsNotRestored() {
        world.web1On("xen1");
        world.create();
        assertThatThrownBy(() -> world.restore(onto(Optional.of("xen2"))))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .contains("guest-still-runs"));
    }

    @Test
    void aGuestThatXenRunsPastLibvirtIsNotRestored() {
        Guest guest = takenAndDestroyed();
        world.pool.on("xen2").addUnmanaged(guest.uuid(), "domain 5 in state -b----");
        assertThatThrownBy(() -> world.restore(onto(Optional.of("xen1"))))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons()).singleElement().satisfies(reason -> {
                            assertThat(reason.code()).isEqualTo("guest-outside-libvirt");
                            assertThat(reason.text()).contains("'xen2'", "domain 5");
                        }));
    }

    @Test
    void anotherMachineUnderTheNameOfTheFirstDoesNotTellWhereTheGuestRuns() {
        takenAndDestroyed();
        world.pool.on("xen1").becomes("another-machine");
        assertThatThrownBy(() -> world.restore(onto(Optional.of("xen2"))))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("origin-not-in-pool"));
        world.pool.on("xen2").becomes("xen1");
        assertThat(world.restore(onto(Optional.empty())).hostReason()).isEqualTo("the checkpoint was taken there");
    }

    @Test
    void aHostThatDoesNotAnswerMayRunTheGuest() {
        takenAndDestroyed();
        world.pool.silence("xen2");
        assertThatThrownBy(() -> world.restore(onto(Optional.empty())))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .containsExactly("host-silent"));
    }

    @Test
    void memoryIsNotRestoredOverDisksThatMayHaveMovedOn() {
        Guest guest = world.web1WithDiskOn("xen1");
        world.create(new CreateCheckpoint.Request(
                "web1",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                DiskWish.NONE,
                false,
                Duration.ZERO));
        world.pool.on("xen1").destroy(guest.uuid());
        assertThatThrownBy(() -> world.restore(onto(Optional.empty())))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("disks-may-have-moved-on"));
        assertThatThrownBy(() -> world.restore(
                        CheckpointWorld.restoring(Optional.empty(), Optional.empty(), Optional.of("web2"))))
                .isInstanceOf(Refused.class);
        assertThat(world.restore(CheckpointWorld.restoring(Optional.empty(), Optional.empty(), Optional.of("web1")))
                        .guest())
                .isPresent();
    }

    @Test
    void aCopyBesideTheRunningOriginalHasAnIdentityOfItsOwn() {
        Guest original = world.web1On("xen1");
        world.create();
        RestoreCheckpoint.Outcome outcome =
                world.restore(CheckpointWorld.restoring(Optional.of("xen2"), Optional.of("drill"), Optional.empty()));
        Guest copy = outcome.guest().orElseThrow();
        assertThat(copy.name()).isEqualTo("drill");
        assertThat(copy.uuid()).isNotEqualTo(original.uuid());
        assertThat(world.pool.on("xen2").definition(copy.uuid()))
                .doesNotContain("00:16:3e:00:00:01")
                .doesNotContain("vif1.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Domain-0", "a b", "../etc", "-x", ""})
    void aCopyIsNotGivenANameThatNoGuestCanHave(String name) {
        world.web1On("xen1");
        world.create();
        assertThatThrownBy(() -> world.restore(
                        CheckpointWorld.restoring(Optional.of("xen2"), Optional.of(name), Optional.empty())))
                .isInstanceOfSatisfying(
                        BadInput.class, refused -> assertThat(refused.code()).isEqualTo("bad-guest-name"));
    }

    @Test
    void aCopyMustNotTakeANameThatIsInUseAndNobodyIsToldToEndThatGuest() {
        world.web1On("xen1");
        world.create();
        assertThatThrownBy(() -> world.restore(
                        CheckpointWorld.restoring(Optional.of("xen2"), Optional.of("web1"), Optional.empty())))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons()).singleElement().satisfies(reason -> {
                            assertThat(reason.code()).isEqualTo("name-taken");
                            assertThat(reason.hint()).contains("another name");
                        }));
    }

    @Test
    void aGuestThatDoesNotFitWhereItWasAskedForIsRefused() {
        takenAndDestroyed();
        world.pool.on("xen1").freeMemory(1 << 20);
        assertThatThrownBy(() -> world.restore(onto(Optional.of("xen1"))))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("not-enough-memory"));
    }

    @Test
    void theReserveIsNotInTheWayOfAHostThatWasAskedFor() {
        takenAndDestroyed();
        world.pool.on("xen1").freeMemory(512 << 20);
        assertThat(world.restore(onto(Optional.of("xen1"))).hostReason()).isEqualTo("asked for");
    }

    @Test
    void aGuestThatDoesNotFitWhereItCameFromGoesElsewhereAndThatIsSaid() {
        takenAndDestroyed();
        world.pool.on("xen1").freeMemory(1 << 20);
        RestoreCheckpoint.Outcome outcome = world.restore(onto(Optional.empty()));
        assertThat(outcome.hostName()).isEqualTo("xen2");
        assertThat(outcome.hostReason()).isEqualTo("the only host that takes it");
        assertThat(outcome.notes().get(0))
                .startsWith("host 'xen1', where the checkpoint was taken, does not take it: needs 20 MiB, free ");
    }

    @Test
    void whenNoHostTakesAGuestEachIsNamedWithItsReason() {
        takenAndDestroyed();
        world.pool.on("xen1").freeMemory(1 << 20);
        world.pool.on("xen2").freeMemory(1 << 20);
        assertThatThrownBy(() -> world.restore(onto(Optional.empty())))
                .isInstanceOfSatisfying(Refused.class, refused -> {
                    assertThat(refused.reasons()).extracting(Reason::code).containsOnly("no-host-fits");
                    assertThat(refused.reasons())
                            .extracting(Reason::text)
                            .satisfiesExactlyInAnyOrder(
                                    text -> assertThat(text).startsWith("host 'xen1' does not take it: needs 20 MiB"),
                                    text -> assertThat(text).startsWith("host 'xen2' does not take it: needs 20 MiB"));
                });
    }

    @Test
    void aRuleSendsAGuestElsewhereThanItCameFrom() {
        takenAndDestroyed();
        RestoreCheckpoint.Outcome outcome = new RestoreCheckpoint(
                        world.pool.pool(),
                        world.observation(new PlacementSettings(
                                OptionalLong.empty(),
                                4,
                                8,
                                Map.of(),
                                List.of(new StandingRule(
                                        "not there",
                                        Rule.Kind.NOT_ON,
                                        true,
                                        List.of(new GuestPattern("web*")),
                                        List.of("xen1"))))),
                        List.of(world.restorer),
                        world.disks,
                        world.store,
                        world.locks,
                        world.journal,
                        world.clock)
                .run(onto(Optional.empty()), Progress.NONE);
        assertThat(outcome.hostName()).isEqualTo("xen2");
        assertThat(outcome.notes().get(0)).endsWith("does not take it: rule 'not there' excludes it");
    }

    @Test
    void theScorerChoosesForACopyWhoseOriginIsNotThere() {
        takenAndDestroyed();
        assertThat(restoreWithoutItsHost(Optional.of("drill"), Optional.empty()).hostReason())
                .isEqualTo("the only host that takes it");
    }

    @Test
    void aGuestThatMayRunOnAHostOutsideThePoolIsNotRestored() {
        takenAndDestroyed();
        assertThatThrownBy(() -> restoreWithoutItsHost(Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(Refused.class, refused -> {
                    assertThat(refused.code()).isEqualTo("origin-not-in-pool");
                    assertThat(refused.reasons().get(0).hint()).contains("--origin-is-gone xen1");
                });
        assertThatThrownBy(() -> restoreWithoutItsHost(Optional.empty(), Optional.of("xen2")))
                .isInstanceOf(Refused.class);
        assertThat(restoreWithoutItsHost(Optional.empty(), Optional.of("xen1")).guest())
                .isPresent();
    }

    @Test
    void aCopyNeedsNoWordOfTheHostItsOriginalRunsOn() {
        takenAndDestroyed();
        assertThat(restoreWithoutItsHost(Optional.of("drill"), Optional.empty()).guest())
                .isPresent();
    }

    @Test
    void aNewestCheckpointThatCannotBeReadIsSaidToBeLeftOut() throws IOException {
        Guest guest = takenAndDestroyed();
        String older = world.store.list().get(0).id().text();
        world.pool.on("xen1").set(guest.uuid(), GuestState.RUNNING);
        String newer = world.create().manifest().orElseThrow().id().text();
        world.pool.on("xen1").destroy(guest.uuid());
        Files.write(directory.resolve("store/checkpoints").resolve(newer).resolve("manifest.json"), new byte[] {'{'});

        RestoreCheckpoint.Outcome outcome = world.restore(onto(Optional.empty()));

        assertThat(outcome.manifest().id().text()).isEqualTo(older);
        assertThat(outcome.notes()).containsExactly("checkpoint '" + newer + "' cannot be read and was left out");
    }

    @Test
    void aCheckpointOfAGuestInAnotherOperationIsNotDeleted() {
        Guest guest = takenAndDestroyed();
        CheckpointId id = world.store.list().get(0).id();
        try (GuestLock lock = world.locks.take(guest.uuid(), "web1", "checkpoint restore", Duration.ZERO)) {
            assertThat(lock.guest()).isEqualTo(guest.uuid());
            assertThatThrownBy(() -> new DeleteCheckpoint(world.store, world.locks, world.clock).run(id, true))
                    .isInstanceOf(Busy.class);
        }
        assertThat(world.store.list()).hasSize(1);
    }

    private RestoreCheckpoint onXen2Alone() {
        return new RestoreCheckpoint(
                new Pool(List.of(world.pool.on("xen2").host()), world.pool),
                world.observation(PlacementSettings.DEFAULT),
                List.of(world.restorer),
                world.disks,
                world.store,
                world.locks,
                world.journal,
                world.clock);
    }

    private RestoreCheckpoint.Outcome restoreWithoutItsHost(Optional<String> copy, Optional<String> gone) {
        return restore(onXen2Alone(), copy, gone);
    }

    private static RestoreCheckpoint.Outcome restore(
            RestoreCheckpoint restoration, Optional<String> copy, Optional<String> gone) {
        return restoration.run(
                new RestoreCheckpoint.Request(
                        "web1",
                        Optional.empty(),
                        RestoreForm.MEMORY,
                        false,
                        copy,
                        Optional.empty(),
                        Optional.empty(),
                        gone,
                        false,
                        Duration.ZERO),
                Progress.NONE);
    }

    @Test
    void whatDiedWithAHostThatIsGoneIsNotInTheWay() {
        Guest guest = takenAndDestroyed();
        begun(guest, "xen1");
        assertThatThrownBy(() -> restoreWithoutItsHost(Optional.empty(), Optional.of("xen2")))
                .isInstanceOf(Refused.class);
        // Nobody is taken at his word about a host that answers.
        assertThatThrownBy(() -> world.restore(new RestoreCheckpoint.Request(
                        "web1",
                        Optional.of("xen2"),
                        RestoreForm.MEMORY,
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("xen1"),
                        false,
                        Duration.ZERO)))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .contains("unsettled"));
        assertThat(world.journal.about(guest.uuid())).hasSize(1);

        assertThat(restoreWithoutItsHost(Optional.empty(), Optional.of("xen1")).guest())
                .isPresent();
        assertThat(world.journal.about(guest.uuid())).isEmpty();
    }

    /** The claim says so, of every host but the one that it names. */
    @Test
    void whatIsUnfinishedElsewhereIsNotInTheWayOfAGuestThatIsClaimedHere() {
        Guest guest = takenAndDestroyed();
        begun(guest, "xen1");
        begun(guest, "xen3");
        assertThatThrownBy(() -> restoreWithoutItsHost(Optional.empty(), Optional.of("xen1")))
                .isInstanceOf(Refused.class);

        assertThat(restore(onXen2Alone().whereClaimed(), Optional.empty(), Optional.of("xen1"))
                        .guest())
                .isPresent();
        assertThat(world.journal.about(guest.uuid())).isEmpty();
    }

    @Test
    void whatIsUnfinishedWhereItIsClaimedIsInTheWayUntilItIsSettled() {
        Guest guest = takenAndDestroyed();
        begun(guest, "xen2");
        assertThatThrownBy(() -> restore(onXen2Alone().whereClaimed(), Optional.empty(), Optional.of("xen1")))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.reasons())
                                .extracting(Reason::code)
                                .contains("unsettled"));
    }

    private void begun(Guest guest, String host) {
        try (GuestLock lock = world.locks.take(guest.uuid(), "web1", CreateCheckpoint.OPERATION, Duration.ZERO)) {
            JournalEntry entry = world.journal.begin(CreateCheckpoint.OPERATION, lock, "web1", host);
            entry.note(Unfinished.METHOD, "LIVE");
            entry.note(JournalEntry.UNSETTLED, JournalEntry.YES);
        }
    }

    @Test
    void aDamagedImageIsNotBroughtToLife() throws IOException {
        Guest guest = takenAndDestroyed();
        Manifest manifest = world.store.list().get(0);
        flipAByteOf(manifest);
        assertThatThrownBy(() -> world.restore(onto(Optional.empty()))).isInstanceOf(Damaged.class);
        assertThat(world.store.damaged()).containsOnlyKeys(manifest.id());
        assertThat(world.pool.on("xen1").guest(guest.uuid()).orElseThrow().state())
                .isEqualTo(GuestState.SHUT_OFF);
        assertThatThrownBy(() -> new VerifyCheckpoint(world.store, world.clock).run(manifest.id(), Progress.NONE))
                .isInstanceOf(Damaged.class);
    }

    @Test
    void theLastCheckpointOfAGuestIsNotDeletedByTheWay() {
        world.web1On("xen1");
        world.create();
        world.create();
        DeleteCheckpoint delete = new DeleteCheckpoint(world.store, world.locks, world.clock);
        delete.run(world.store.list().get(0).id(), false);
        CheckpointId last = world.store.list().get(0).id();
        assertThatThrownBy(() -> delete.run(last, false)).isInstanceOf(Refused.class);
        delete.run(last, true);
        assertThat(world.store.list()).isEmpty();
    }

    @Test
    void theLastThatWasNotFoundDamagedIsKeptLikeTheLast() {
        world.web1On("xen1");
        world.create();
        world.create();
        CheckpointId whole = world.store.list().get(0).id();
        CheckpointId damaged = world.store.list().get(1).id();
        world.store.noteDamaged(damaged, world.clock.instant());
        DeleteCheckpoint delete = new DeleteCheckpoint(world.store, world.locks, world.clock);
        assertThatThrownBy(() -> delete.run(whole, false))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("neither found damaged");
        delete.run(damaged, false);
        assertThat(world.store.list()).hasSize(1);
    }

    private Guest takenAndDestroyed() {
        Guest guest = world.web1On("xen1");
        world.create();
        world.pool.on("xen1").destroy(guest.uuid());
        return guest;
    }

    private void flipAByteOf(Manifest manifest) throws IOException {
        Path image = directory
                .resolve("store/checkpoints")
                .resolve(manifest.id().text())
                .resolve("pack");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(file.length() / 4);
            int old = file.read();
            file.seek(file.length() / 4);
            file.write(old ^ 1);
        }
    }

    private static RestoreCheckpoint.Request onto(Optional<String> host) {
        return CheckpointWorld.restoring(host, Optional.empty(), Optional.empty());
    }
}
