package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.placement.LoadHistoryFile;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;

/** What is asked about a plan is what is asked when it is done: each case is put to both. */
final class CheckMovesTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-28T12:00:00Z"), ZoneOffset.UTC);
    private static final Move THERE = new Move("web1", "xen1", "xen2");

    private final FakePool pool = new FakePool("xen1", "xen2", "xen3");
    private final PlayedMigrator migrator = new PlayedMigrator();

    @TempDir
    private Path state;

    private Journal journal = new Journal(Path.of("/nowhere"), CLOCK);
    private GuestLocks locks = new GuestLocks(Path.of("/nowhere"), CLOCK);

    @BeforeEach
    void keepState() {
        journal = new Journal(state, CLOCK);
        locks = new GuestLocks(state, CLOCK);
    }

    private static String definition(String name, String uuid) {
        return "<domain type='xen'><name>" + name + "</name><uuid>" + uuid + "</uuid>"
                + "<memory unit='MiB'>100</memory><vcpu>1</vcpu><os><type>xenpvh</type></os></domain>";
    }

    private Guest web1() {
        return pool.on("xen1").addRunning("web1", definition("web1", "11111111-2222-3333-4444-555555555555"));
    }

    private List<Road.Obstacle> asked(Move... moves) {
        return new CheckMoves(
                        pool.pool(), migrator, locks, journal, new CheckMoves.Terms(Set.of("shared"), Duration.ZERO))
                .obstacles(List.of(moves));
    }

    private List<String> codesAsked() {
        return asked(THERE).stream()
                .flatMap(obstacle -> obstacle.reasons().stream())
                .map(Reason::code)
                .toList();
    }

    private List<String> codesDone() {
        try {
            new MigrateGuest(
                            pool.pool(),
                            new ObservePool(PlacementSettings.DEFAULT, new LoadHistoryFile(state), CLOCK),
                            migrator,
                            NothingThroughTheStore.of(pool.pool(), journal, CLOCK),
                            new MigrationHistoryFile(state),
                            locks,
                            journal,
                            CLOCK)
                    .run(
                            new MigrateGuest.Request(
                                    "web1",
                                    Optional.of("xen1"),
                                    Optional.of("xen2"),
                                    Method.LIVE,
                                    Optional.empty(),
                                    MigrateGuest.Rules.PLANNED,
                                    Optional.empty(),
                                    false,
                                    Duration.ZERO),
                            plan -> {},
                            Progress.NONE);
            return List.of();
        } catch (Failure failure) {
            return failure.reasons().isEmpty()
                    ? List.of(failure.code())
                    : failure.reasons().stream().map(Reason::code).toList();
        }
    }

    private void refusedAlike(String... codes) {
        assertThat(codesAsked()).containsExactlyInAnyOrder(codes);
        assertThat(codesDone()).containsExactlyInAnyOrder(codes);
        assertThat(migrator.jobs).isEmpty();
        assertThat(locks.take(new UUID(1, 2), "another", "test", Duration.ZERO)).isNotNull();
    }

    @Test
    void nothingIsInTheWayOfAGuestThatCanGo() {
        web1();
        assertThat(asked(THERE)).isEmpty();
        assertThat(codesDone()).isEmpty();
        assertThat(migrator.jobs).hasSize(1);
    }

    @Test
    void anOpenJobIsInTheWayWhereverTheGuestGoes() {
        pool.on("xen1").beginJob(web1().uuid());
        refusedAlike("guest-in-job");
        assertThat(asked(THERE)).allMatch(Road.Obstacle::wherever);
    }

    @Test
    void everyReasonIsSaidAtOnce() {
        Guest guest = web1();
        pool.on("xen1").beginJob(guest.uuid());
        pool.on("xen1").pauseOutside(guest.uuid());
        refusedAlike("guest-in-job", "guest-paused");
    }

    @Test
    void whatIsUnfinishedIsInTheWay() {
        Guest guest = web1();
        try (GuestLock lock = locks.take(guest.uuid(), "web1", "checkpoint create", Duration.ZERO)) {
            JournalEntry entry = journal.begin("checkpoint create", lock, "web1", "xen1");
            assertThat(entry.id()).isNotEmpty();
        }
        refusedAlike("unsettled");
    }

    @Test
    void aDiskThatMayBeAnotherOneIsInTheWayOnThatHostOnly() {
        web1();
        migrator.obstacles.add(new Reason("disk-not-shared", "it is another one", ""));
        migrator.obstructed = Optional.of("xen2");
        refusedAlike("disk-not-shared");
        assertThat(asked(THERE)).noneMatch(Road.Obstacle::wherever);
        assertThat(asked(new Move("web1", "xen1", "xen3"))).isEmpty();
    }

    @Test
    void disksThatSomebodyKnowsAreNotAskedFor() {
        pool.on("xen1").addRunning("shared", definition("shared", "22222222-2222-3333-4444-555555555555"));
        web1();
        migrator.obstacles.add(new Reason("disk-not-shared", "it is another one", ""));
        assertThat(asked(new Move("shared", "xen1", "xen2"), THERE))
                .singleElement()
                .satisfies(obstacle -> assertThat(obstacle.move()).isEqualTo(THERE));
    }

    @Test
    void anotherGuestOfTheNameAndADomainThatLibvirtDoesNotKnowAreInTheWay() {
        Guest guest = web1();
        pool.on("xen3").addUnmanaged(guest.uuid(), "domain 9 in state '-b----'");
        pool.on("xen2")
                .add(
                        new Guest("web1", new UUID(7, 7), -1, GuestState.SHUT_OFF, Duration.ZERO, 1 << 20, 1, true),
                        definition("web1", new UUID(7, 7).toString()));
        refusedAlike("guest-outside-libvirt", "name-taken");
    }

    @Test
    void aGuestThatAnotherOperationHoldsIsBusyAndTheOthersAreAskedFor() {
        Guest guest = web1();
        pool.on("xen1")
                .beginJob(pool.on("xen1")
                        .addRunning("web2", definition("web2", "22222222-2222-3333-4444-555555555555"))
                        .uuid());
        try (GuestLock lock = locks.take(guest.uuid(), "web1", "checkpoint create", Duration.ZERO)) {
            assertThat(lock.guest()).isEqualTo(guest.uuid());
            refusedAlike(GuestLocks.BUSY);
            assertThat(asked(THERE, new Move("web2", "xen1", "xen3")))
                    .extracting(obstacle -> obstacle.reasons().get(0).code())
                    .containsExactly(GuestLocks.BUSY, "guest-in-job");
        }
    }

    @Test
    void aGuestIsAskedForWhereItIsAlsoWhenItIsMovedTwice() {
        web1();
        migrator.obstacles.add(new Reason("disk-not-shared", "it is another one", ""));
        migrator.obstructed = Optional.of("xen3");
        Move on = new Move("web1", "xen2", "xen3");
        assertThat(asked(THERE, on)).extracting(Road.Obstacle::move).containsExactly(on);
    }

    @Test
    void whatIsNotThereOrDoesNotAnswerIsInTheWay() {
        web1();
        pool.silence("xen3");
        assertThat(Stream.of(
                                new Move("gone", "xen1", "xen2"),
                                new Move("web1", "xen1", "xen3"),
                                new Move("web9", "xen3", "xen1"))
                        .flatMap(move -> asked(move).stream())
                        .map(obstacle -> obstacle.reasons().get(0).code() + " " + obstacle.wherever()))
                .containsExactly("guest-gone true", "host-silent false", "host-silent true");
    }
}
