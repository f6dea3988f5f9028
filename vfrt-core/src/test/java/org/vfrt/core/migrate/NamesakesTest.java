package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.ForeseeFailure;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.LoadHistoryFile;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.store.MemoryStore;

/** Two guests that have nothing but their name in common run on two hosts. */
class NamesakesTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-28T12:00:00Z"), ZoneOffset.UTC);
    private static final Guards QUICK = new Guards(10, 0.5, 0.02, 10, 1, 2, 5_000, Duration.ofSeconds(30));

    @TempDir
    private Path state;

    private final FakePool pool = new FakePool("xen1", "xen2", "xen3");
    private final List<Move> moved = new ArrayList<>();

    @BeforeEach
    void run() {
        add("xen1", "test", 1, 512);
        add("xen2", "test", 2, 512);
        add("xen1", "web", 3, 1024);
    }

    private void add(String host, String name, int number, int mebibytes) {
        pool.on(host).addRunning(name, """
                        <domain type='xen'>
                          <name>%s</name>
                          <uuid>%s</uuid>
                          <memory unit='MiB'>%d</memory>
                          <vcpu>1</vcpu>
                          <os><type>xenpvh</type></os>
                        </domain>
                        """.formatted(name, new UUID(0, number), mebibytes));
    }

    private ObservePool observation() {
        return new ObservePool(PlacementSettings.DEFAULT, new LoadHistoryFile(state), CLOCK);
    }

    private ObservePool.Observed observed() {
        try (OpenPool open = pool.pool().open()) {
            return observation().run(open);
        }
    }

    private PlanMigrations.Outcome plan(Optional<String> emptied) {
        return new PlanMigrations(MigrationHistory.NONE, CLOCK)
                .run(observed().load(), new PlanMigrations.Task(emptied, QUICK, true), Road.CLEAR);
    }

    private MigrateGuest.Outcome move(Move move, Progress progress) {
        moved.add(move);
        UUID guest = pool.on(move.from()).guests().stream()
                .filter(one -> one.name().equals(move.guest()))
                .findFirst()
                .orElseThrow()
                .uuid();
        add(move.to(), move.guest(), (int) guest.getLeastSignificantBits(), 512);
        pool.on(move.from()).remove(guest);
        return new MigrateGuest.Outcome(
                move.guest(),
                guest,
                move.from(),
                move.to(),
                "asked for",
                List.of(),
                MigrationHistory.NONE.predict(guest, move.from(), move.to(), 1 << 29),
                Optional.empty(),
                List.of());
    }

    @Test
    void theHostOfTheFirstIsEmptiedToWhereTheOtherIsNot() {
        PlanMigrations.Outcome outcome = plan(Optional.of("xen1"));

        List<ApplyPlan.Step> steps = new ApplyPlan(() -> observed().load(), this::move, QUICK.withParallel(1))
                .run(outcome.document(), () -> false, move -> {}, Progress.NONE);

        assertThat(steps).hasSize(2).allMatch(step -> step.result() == ApplyPlan.Result.DONE);
        assertThat(moved).contains(new Move("test", "xen1", "xen3"));
    }

    @Test
    void thePoolCanBeEvenedOut() {
        PlanMigrations.Outcome outcome = plan(Optional.empty());

        assertThat(outcome.document().moves()).noneMatch(move -> move.move().equals(new Move("test", "xen1", "xen2")));
    }

    @Test
    void whatBecomesOfTheFirstWhenItsHostDiesIsForeseenAndTheOtherIsNamed() {
        ForeseeFailure.Outcome outcome =
                new ForeseeFailure(new MemoryStore(), CLOCK).run(observed(), Optional.of("xen1"));

        assertThat(outcome.failures().get(0).fates())
                .filteredOn(fate -> fate.guest().name().equals("test"))
                .singleElement()
                .satisfies(fate -> assertThat(fate.to()).contains("xen3"));
        assertThat(outcome.notes()).anyMatch(note -> note.contains("so that on host 'xen2' is not looked at"));
        assertThat(new ForeseeFailure(new MemoryStore(), CLOCK)
                        .run(observed(), Optional.of("xen2"))
                        .failures()
                        .get(0)
                        .fates())
                .isEmpty();
    }

    @Test
    void theOneThatIsNotLookedAtIsNotMigratedByWhatTheFirstNeeds() {
        MigrateGuest migrate = new MigrateGuest(
                pool.pool(),
                observation(),
                new PlayedMigrator(),
                NothingThroughTheStore.of(pool.pool(), new Journal(state, CLOCK), CLOCK),
                new MigrationHistoryFile(state),
                new GuestLocks(state, CLOCK),
                new Journal(state, CLOCK),
                CLOCK);

        assertThat(migrate.run(request("xen1"), plan -> {}, Progress.NONE).toHost())
                .isEqualTo("xen3");
        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> migrate.run(request("xen2"), plan -> {}, Progress.NONE))
                .satisfies(refused -> assertThat(refused.reasons())
                        .extracting(Reason::text)
                        .containsExactly("another guest named 'test' runs on host 'xen1', and only one of a name"
                                + " is looked at"));
    }

    private static MigrateGuest.Request request(String from) {
        return new MigrateGuest.Request(
                "test",
                Optional.of(from),
                Optional.empty(),
                Method.LIVE,
                Optional.empty(),
                MigrateGuest.Rules.KEPT,
                Optional.empty(),
                true,
                Duration.ZERO);
    }
}
