package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vfrt.core.migrate.SomeTraces.WEB1;
import static org.vfrt.core.migrate.SomeTraces.defined;
import static org.vfrt.core.migrate.SomeTraces.received;
import static org.vfrt.core.migrate.SomeTraces.runs;
import static org.vfrt.core.migrate.SomeTraces.suspended;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.Hypervisor;

final class RepairGuestsTest {

    private final FakePool pool = new FakePool("xen1", "xen2");
    private final PlayedTraces traces = new PlayedTraces();
    private GuestLocks locks = new GuestLocks(Path.of("/nowhere"), Clock.systemUTC());
    private Journal journal = new Journal(Path.of("/nowhere"), Clock.systemUTC());

    @BeforeEach
    void keepState(@TempDir Path state) {
        locks = new GuestLocks(state, Clock.systemUTC());
        journal = new Journal(state, Clock.systemUTC());
    }

    /** What hosts have, look by look, of which the last stays; and what was done about it. */
    private static final class PlayedTraces implements Traces {
        private final Map<String, List<List<GuestTrace>>> looks = new ConcurrentHashMap<>();
        private final Map<String, Integer> looked = new ConcurrentHashMap<>();
        private final List<String> acts = new ArrayList<>();
        private final Set<String> shut = new HashSet<>();
        private Runnable during = () -> {};

        void on(String host, GuestTrace always) {
            looks.put(host, List.of(List.of(always)));
        }

        void on(String host, List<GuestTrace> first, List<GuestTrace> then) {
            looks.put(host, List.of(first, then));
        }

        @Override
        public List<GuestTrace> of(Hypervisor host) {
            String name = host.host().name();
            if (shut.contains(name)) {
                throw new Temporary("host-silent", "no shell on host '" + name + "'", "");
            }
            int look = looked.merge(name, 1, Integer::sum);
            List<List<GuestTrace>> there = looks.getOrDefault(name, List.of(List.of()));
            return there.get(Math.min(look, there.size()) - 1);
        }

        @Override
        public List<String> act(Repair.Kind kind, Hypervisor host, GuestTrace trace) {
            during.run();
            acts.add(kind + " on " + host.host().name());
            return List.of("done");
        }
    }

    private List<RepairGuests.Outcome> look() {
        return run(Optional.empty(), Set.of(), false);
    }

    private RepairGuests.Outcome apply(String... off) {
        List<RepairGuests.Outcome> outcomes = run(Optional.of("web1"), Set.of(off), true);
        assertThat(outcomes).hasSize(1);
        return outcomes.get(0);
    }

    private List<RepairGuests.Outcome> run(Optional<String> guest, Set<String> off, boolean apply) {
        return report(guest, off, apply).guests();
    }

    private RepairGuests.Report report(Optional<String> guest, Set<String> off, boolean apply) {
        return new RepairGuests(pool.pool(), traces, locks, journal)
                .run(new RepairGuests.Request(guest, off, apply, Duration.ZERO));
    }

    private void anUnsettledMigration(String from, String to) {
        try (GuestLock lock = locks.take(WEB1, "web1", MigrateGuest.OPERATION, Duration.ZERO)) {
            JournalEntry entry = journal.begin(MigrateGuest.OPERATION, lock, "web1", from);
            entry.note(MigrationFacts.TARGET, to);
            entry.note(JournalEntry.UNSETTLED, JournalEntry.YES);
        }
    }

    @Test
    void ofHealthyGuestsNothingIsSaidUnlessOneIsAskedFor() {
        traces.on("xen1", runs("xen1"));
        assertThat(look()).isEmpty();
        assertThat(run(Optional.of("web1"), Set.of(), false))
                .singleElement()
                .satisfies(one -> assertThat(one.diagnosis().healthy()).isTrue());
        assertThat(run(Optional.of(WEB1.toString()), Set.of(), false)).hasSize(1);
    }

    @Test
    void aLookChangesNothing() {
        traces.on("xen1", suspended("xen1"));
        assertThat(look())
                .singleElement()
                .satisfies(one -> assertThat(one.diagnosis().repair()).contains(new Repair(Repair.Kind.WAKE, "xen1")));
        assertThat(traces.acts).isEmpty();
    }

    @Test
    void aGuestOfWhichNoHostHasAnythingIsNotFound() {
        traces.on("xen1", runs("xen1"));
        assertThatThrownBy(() -> run(Optional.of("web2"), Set.of(), false))
                .isInstanceOfSatisfying(
                        NotFound.class, e -> assertThat(e.code()).isEqualTo("no-such-guest"));
    }

    @Test
    void whatIsDoneIsDoneOnceAndUnderTheGuestsLock() {
        traces.on("xen1", suspended("xen1"));
        traces.on("xen2", received("xen2"));
        traces.during = () -> assertThatThrownBy(() -> locks.take(WEB1, "web1", "another", Duration.ZERO))
                .isInstanceOf(Busy.class);
        RepairGuests.Outcome outcome = apply();
        assertThat(outcome.failure()).isEmpty();
        assertThat(outcome.done()).containsExactly("done");
        assertThat(traces.acts).containsExactly("REMOVE_RECEIVED on xen2");
    }

    @Test
    void whatIsDoneIsWhatFollowsFromWhatTheHostsSayThen() {
        traces.on("xen1", List.of(suspended("xen1")), List.of(suspended("xen1")));
        traces.on("xen2", List.of(received("xen2")), List.of(runs("xen2")));
        assertThat(apply().diagnosis().repair()).contains(new Repair(Repair.Kind.REMOVE_OLD, "xen1"));
        assertThat(traces.acts).containsExactly("REMOVE_OLD on xen1");
    }

    @Test
    void nothingIsDoneAboutAGuestThatHasGoneMeanwhile() {
        traces.on("xen1", List.of(suspended("xen1")), List.of());
        RepairGuests.Outcome outcome = apply();
        assertThat(outcome.diagnosis().healthy()).isTrue();
        assertThat(outcome.done()).isEmpty();
        assertThat(traces.acts).isEmpty();
    }

    @Test
    void aGuestThatAnotherCommandHoldsIsLeftToIt() {
        traces.on("xen1", suspended("xen1"));
        try (GuestLock lock = locks.take(WEB1, "web1", "migrate guest", Duration.ZERO)) {
            assertThat(lock.guest()).isEqualTo(WEB1);
            assertThat(apply().failure()).containsInstanceOf(Busy.class);
        }
        assertThat(traces.acts).isEmpty();
    }

    @Test
    void whatFailsIsSaidWithWhatWasFound() {
        traces.on("xen1", suspended("xen1"));
        traces.during = () -> {
            throw new Failed("guest-suspended", "it could not be resumed", "");
        };
        RepairGuests.Outcome outcome = apply();
        assertThat(outcome.failure()).containsInstanceOf(Failed.class);
        assertThat(outcome.diagnosis().findings()).isNotEmpty();
        assertThat(outcome.done()).isEmpty();
    }

    @Test
    void whileAHostIsSilentNothingGoesOn() {
        pool.silence("xen2");
        traces.on("xen1", suspended("xen1"));
        assertThat(apply().done()).isEmpty();
        assertThat(traces.acts).isEmpty();
    }

    @Test
    void aGuestOfAMachineWithTwoNamesIsNotSaidToRunTwice() {
        HostEquipment same =
                new HostEquipment(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("boot 1"));
        pool.on("xen1").has(same);
        pool.on("xen2").has(same);
        traces.on("xen1", runs("xen1"));
        traces.on("xen2", runs("xen2"));
        assertThatThrownBy(this::look)
                .isInstanceOf(BadInput.class)
                .hasMessage("hosts 'xen1' and 'xen2' of the configuration are one and the same machine");
    }

    @Test
    void hostsThatCannotBeAskedAreNamedAlsoWhenAllElseIsWell() {
        pool.silence("xen2");
        traces.on("xen1", runs("xen1"));
        RepairGuests.Report report = report(Optional.empty(), Set.of(), false);
        assertThat(report.guests()).isEmpty();
        assertThat(report.silent()).containsOnlyKeys("xen2");
        assertThat(report(Optional.empty(), Set.of("xen2"), false).silent()).isEmpty();
        assertThatThrownBy(() -> report(Optional.of("web2"), Set.of(), false)).isInstanceOf(Temporary.class);
    }

    @Test
    void aHostThatAnswersOnlyThroughLibvirtIsSilentAndTheOthersAreNoneTheWorse() {
        traces.shut.add("xen2");
        traces.on("xen1", suspended("xen1"));
        RepairGuests.Report report = report(Optional.empty(), Set.of(), true);
        assertThat(report.silent()).containsOnlyKeys("xen2");
        assertThat(report.guests()).singleElement().satisfies(one -> {
            assertThat(one.diagnosis().findings()).contains("hosts that do not answer: xen2; it may run there");
            assertThat(one.done()).isEmpty();
        });
        assertThat(traces.acts).isEmpty();
    }

    /** The definition that goes is a second one of a guest that is seen to run: wherever else it may be, it is none the worse. */
    @Test
    void whatIsSafeAnywayIsProposedWhileAHostIsSilentAndThatHostIsNamed() {
        FakePool three = new FakePool("xen1", "xen2", "xen3");
        three.silence("xen3");
        traces.on("xen1", runs("xen1"));
        traces.on("xen2", defined("xen2"));
        RepairGuests.Report report = new RepairGuests(three.pool(), traces, locks, journal)
                .run(new RepairGuests.Request(Optional.of("web1"), Set.of(), false, Duration.ZERO));
        assertThat(report.guests()).singleElement().satisfies(one -> {
            assertThat(one.diagnosis().repair()).contains(new Repair(Repair.Kind.UNDEFINE, "xen2"));
            assertThat(one.diagnosis().findings())
                    .contains("hosts that do not answer: xen3; what they have of it is not known");
        });
    }

    @Test
    void onceSomebodyKnowsThatTheSilentHostIsOffTheGuestGoesOnAndItsMigrationIsSettled() {
        pool.silence("xen2");
        traces.on("xen1", suspended("xen1"));
        anUnsettledMigration("xen1", "xen2");
        assertThat(apply("xen2").done()).containsExactly("done");
        assertThat(traces.acts).containsExactly("WAKE on xen1");
        assertThat(journal.about(WEB1)).isEmpty();
    }

    @Test
    void theMigrationOfAGuestThatWasWokenUpByHandIsSettledToo() {
        pool.silence("xen2");
        traces.on("xen1", runs("xen1"));
        anUnsettledMigration("xen1", "xen2");
        assertThat(apply().diagnosis().healthy()).isTrue();
        assertThat(journal.about(WEB1)).hasSize(1);
        apply("xen2");
        assertThat(journal.about(WEB1)).isEmpty();
    }

    @Test
    void aMigrationIsNotSettledWhileTheGuestDoesNotRun() {
        FakePool three = new FakePool("xen1", "xen2", "xen3");
        three.silence("xen2");
        traces.on("xen1", suspended("xen1"));
        traces.on("xen3", received("xen3"));
        anUnsettledMigration("xen1", "xen2");
        new RepairGuests(three.pool(), traces, locks, journal)
                .run(new RepairGuests.Request(Optional.of("web1"), Set.of("xen2"), true, Duration.ZERO));
        assertThat(traces.acts).containsExactly("REMOVE_RECEIVED on xen3");
        assertThat(journal.about(WEB1)).hasSize(1);
    }

    @Test
    void aMigrationBetweenOtherHostsStaysInTheJournal() {
        pool.silence("xen2");
        traces.on("xen1", suspended("xen1"));
        anUnsettledMigration("xen1", "xen3");
        apply("xen2");
        assertThat(journal.about(WEB1)).hasSize(1);
    }

    @Test
    void thatAHostIsOffIsNotBelievedWhileItAnswers() {
        traces.on("xen1", suspended("xen1"));
        traces.on("xen2", defined("xen2"));
        anUnsettledMigration("xen1", "xen2");
        assertThat(report(Optional.of("web1"), Set.of("xen2"), true).disbelieved())
                .containsExactly("xen2");
        assertThat(journal.about(WEB1)).hasSize(1);
    }

    @Test
    void aHostThatIsSaidToBeOffMustBeOneOfThePool() {
        traces.on("xen1", suspended("xen1"));
        assertThatThrownBy(() -> apply("xne2"))
                .isInstanceOfSatisfying(
                        NotFound.class, e -> assertThat(e.code()).isEqualTo("no-such-host"));
        assertThat(traces.acts).isEmpty();
    }
}
