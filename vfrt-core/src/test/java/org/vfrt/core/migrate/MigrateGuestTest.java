package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
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
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.placement.LoadHistoryFile;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.placement.Rule;
import org.vfrt.core.placement.StandingRule;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.standby.GivenPermits;
import org.vfrt.core.warm.PermittedMigrator;

final class MigrateGuestTest {

    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final String WEB1 = """
            <domain type='xen'><name>web1</name><uuid>11111111-2222-3333-4444-555555555555</uuid>
            <memory unit='MiB'>100</memory><vcpu>1</vcpu><os><type>xenpvh</type></os>
            <devices>%s</devices></domain>
            """;

    private final FakePool pool = new FakePool("xen1", "xen2", "xen3");
    private final PlayedMigrator migrator = new PlayedMigrator();
    private final List<MigrateGuest.Outcome> announced = new ArrayList<>();
    private Migrator used = migrator;
    private PlacementSettings settings = PlacementSettings.DEFAULT;

    @TempDir
    private Path state;

    private Journal journal = new Journal(Path.of("/nowhere"), CLOCK);
    private GuestLocks locks = new GuestLocks(Path.of("/nowhere"), CLOCK);

    @BeforeEach
    void keepState() {
        journal = new Journal(state, CLOCK);
        locks = new GuestLocks(state, CLOCK);
    }

    private Guest web1() {
        return pool.on("xen1").addRunning("web1", WEB1.formatted(""));
    }

    private static MigrateGuest.Request web1To(Optional<String> to) {
        return new MigrateGuest.Request(
                "web1",
                Optional.empty(),
                to,
                Method.LIVE,
                Optional.empty(),
                MigrateGuest.Rules.KEPT,
                Optional.empty(),
                false,
                Duration.ZERO);
    }

    private static MigrateGuest.Request to(String host) {
        return web1To(Optional.of(host));
    }

    private static MigrateGuest.Request dry(MigrateGuest.Request request, Optional<Duration> maxPause) {
        return new MigrateGuest.Request(
                request.guest(),
                request.from(),
                request.to(),
                request.method(),
                maxPause,
                request.rules(),
                request.sharedDisks(),
                true,
                request.lockWait());
    }

    private static MigrateGuest.Request againstRules(String host) {
        return new MigrateGuest.Request(
                "web1",
                Optional.empty(),
                Optional.of(host),
                Method.LIVE,
                Optional.empty(),
                MigrateGuest.Rules.IGNORED,
                Optional.empty(),
                false,
                Duration.ZERO);
    }

    private static MigrateGuest.Request planned(String host) {
        return new MigrateGuest.Request(
                "web1",
                Optional.of("xen1"),
                Optional.of(host),
                Method.LIVE,
                Optional.empty(),
                MigrateGuest.Rules.PLANNED,
                Optional.empty(),
                false,
                Duration.ZERO);
    }

    private static MigrateGuest.Request sharing(String typed) {
        return new MigrateGuest.Request(
                "web1",
                Optional.empty(),
                Optional.of("xen2"),
                Method.LIVE,
                Optional.empty(),
                MigrateGuest.Rules.KEPT,
                Optional.of(typed),
                false,
                Duration.ZERO);
    }

    private MigrateGuest.Outcome migrate(MigrateGuest.Request request) {
        return new MigrateGuest(
                        pool.pool(),
                        new ObservePool(settings, new LoadHistoryFile(state), CLOCK),
                        used,
                        NothingThroughTheStore.of(pool.pool(), journal, CLOCK),
                        new MigrationHistoryFile(state),
                        locks,
                        journal,
                        CLOCK)
                .run(request, announced::add, Progress.NONE);
    }

    private List<String> refusal(MigrateGuest.Request request) {
        Refused refused = catchThrowableOfType(Refused.class, () -> migrate(request));
        assertThat(migrator.jobs).isEmpty();
        assertThat(announced).isEmpty();
        assertThat(journal.unfinished()).isEmpty();
        return refused.reasons().stream().map(Reason::code).toList();
    }

    private List<JournalEntry> entries(Guest guest) {
        return journal.about(guest.uuid());
    }

    @Test
    void aGuestGoesWhereItIsSentAndTheJournalIsEmptyAfterwards() {
        Guest guest = web1();
        MigrateGuest.Outcome outcome = migrate(to("xen2"));
        assertThat(pool.on("xen2").guest(guest.uuid())).isPresent();
        assertThat(outcome.toHost()).isEqualTo("xen2");
        assertThat(outcome.hostReason()).isEqualTo("asked for");
        assertThat(outcome.migrated()).isPresent();
        assertThat(outcome.notes()).contains("a note of the hosts");
        assertThat(announced).singleElement().satisfies(plan -> {
            assertThat(plan.migrated()).isEmpty();
            assertThat(plan.fromHost()).isEqualTo("xen1");
        });
        assertThat(entries(guest)).isEmpty();
    }

    @Test
    void theJournalNamesBothHostsBeforeAnythingIsDone() {
        web1();
        migrate(to("xen2"));
        JournalEntry entry = migrator.jobs.get(0).journal();
        assertThat(entry.fact(JournalEntry.OPERATION)).contains(MigrateGuest.OPERATION);
        assertThat(entry.fact(JournalEntry.HOST)).contains("xen1");
        assertThat(entry.fact(MigrationFacts.TARGET)).contains("xen2");
        assertThat(entry.fact(MigrationFacts.TARGET_URI)).contains("xen+ssh://root@xen2/system");
    }

    @Test
    void withoutAHostItGoesToTheOneThatTheScorerRanksFirst() {
        web1();
        pool.on("xen2").freeMemory(1 << 20);
        MigrateGuest.Outcome outcome = migrate(web1To(Optional.empty()));
        assertThat(outcome.toHost()).isEqualTo("xen3");
        assertThat(outcome.hostReason()).isEqualTo("the only host that takes it");
        assertThat(outcome.candidates()).hasSize(2);
    }

    @Test
    void aGuestThatFitsNowhereIsRefusedWithWhatEachHostLacks() {
        web1();
        pool.on("xen2").freeMemory(1 << 20);
        pool.silence("xen3");
        assertThatThrownBy(() -> migrate(web1To(Optional.empty()))).isInstanceOfSatisfying(Refused.class, e -> {
            assertThat(e.code()).isEqualTo("no-host-fits");
            assertThat(e).hasMessageContaining("'xen2': ").hasMessageContaining("'xen3': ");
        });
        assertThat(migrator.jobs).isEmpty();
    }

    @Test
    void aGuestThatIsThereAlreadyIsLeftAlone() {
        Guest guest = web1();
        MigrateGuest.Outcome outcome = migrate(to("xen1"));
        assertThat(outcome.nothingToDo()).isTrue();
        assertThat(outcome.migrated()).isEmpty();
        assertThat(migrator.jobs).isEmpty();
        assertThat(announced).isEmpty();
        assertThat(entries(guest)).isEmpty();
    }

    @Test
    void everyReasonIsSaidAtOnceAndNothingIsTouched() {
        Guest guest = pool.on("xen1")
                .addRunning("web1", WEB1.formatted("<hostdev/>").replace("<type>xenpvh</type>", "<type>linux</type>"));
        pool.on("xen1").beginJob(guest.uuid());
        pool.on("xen1").pauseOutside(guest.uuid());
        assertThat(refusal(to("xen2")))
                .containsExactlyInAnyOrder("guest-in-job", "guest-paused", "host-devices", "pv-guest");
    }

    @Test
    void aPvGuestIsRefused() {
        pool.on("xen1").addRunning("web1", WEB1.formatted("").replace("<type>xenpvh</type>", "<type>linux</type>"));
        assertThat(refusal(to("xen2"))).containsExactly("pv-guest");
    }

    @Test
    void aGuestThatDoesNotRunIsRefused() {
        Guest guest = web1();
        pool.on("xen1").set(guest.uuid(), GuestState.PAUSED);
        assertThat(refusal(to("xen2"))).containsExactly("guest-paused");
        pool.on("xen1").set(guest.uuid(), GuestState.SHUT_OFF);
        assertThat(refusal(to("xen2"))).containsExactly("guest-not-running");
    }

    @Test
    void aGuestThatXenHasPastLibvirtSomewhereIsRefused() {
        Guest guest = web1();
        pool.on("xen3").addUnmanaged(guest.uuid(), "domain 9 in state '-b----'");
        assertThat(refusal(to("xen2"))).containsExactly("guest-outside-libvirt");
    }

    @Test
    void aHostWhereAnotherGuestBearsTheNameIsRefused() {
        web1();
        pool.on("xen2")
                .add(
                        new Guest("web1", new UUID(7, 7), -1, GuestState.SHUT_OFF, Duration.ZERO, 1 << 20, 1, true),
                        WEB1.formatted("").replace("11111111", "77777777"));
        assertThat(refusal(to("xen2"))).containsExactly("name-taken");
    }

    @Test
    void whatIsInTheWayOfTheHostsIsSaidTogetherWithTheRules() {
        web1();
        migrator.obstacles.add(new Reason("disk-not-shared", "the disk is another one", ""));
        assertThat(refusal(to("xen2"))).containsExactly("disk-not-shared");
    }

    @Test
    void whatAHostCannotDoIsSaidTogetherWithWhatIsInTheWayThere() {
        web1();
        pool.on("xen2").freeMemory(1 << 20);
        migrator.obstacles.add(new Reason("disk-not-shared", "the disk is another one", ""));
        assertThat(refusal(to("xen2"))).containsExactly("memory", "disk-not-shared");
    }

    @Test
    void withoutAHostItGoesToTheNextWhereSomethingIsInTheWayToTheFirst() {
        web1();
        migrator.obstacles.add(new Reason("disk-not-shared", "the disk is another one", "Look."));
        migrator.obstructed = Optional.of("xen2");
        MigrateGuest.Outcome outcome = migrate(dry(web1To(Optional.empty()), Optional.empty()));
        assertThat(outcome.toHost()).isEqualTo("xen3");

        migrator.obstructed = Optional.empty();
        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> migrate(web1To(Optional.empty())))
                .satisfies(refused -> assertThat(refused.reasons())
                        .extracting(Reason::text)
                        .containsExactlyInAnyOrder(
                                "to host 'xen2': the disk is another one", "to host 'xen3': the disk is another one"));
    }

    @Test
    void aGuestThatCannotBeMovedMayStayWhereItIs() {
        Guest guest = web1();
        pool.on("xen1").beginJob(guest.uuid());
        assertThat(migrate(to("xen1")).nothingToDo()).isTrue();
        pool.on("xen1").set(guest.uuid(), GuestState.SHUT_OFF);
        assertThat(refusal(to("xen1"))).containsExactly("guest-not-running");
    }

    @Test
    void aMistakeInALabelIsSaidAlsoToWhoIsRefused() {
        pool.on("xen1")
                .addRunning(
                        "web1",
                        WEB1.formatted("")
                                .replace(
                                        "<os>",
                                        "<metadata><labels xmlns='" + Definition.LABELS_NAMESPACE
                                                + "' appart='web'/></metadata><os>"));
        pool.on("xen2").freeMemory(1 << 20);
        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> migrate(to("xen2")))
                .satisfies(
                        refused -> assertThat(refused.notes())
                                .contains(
                                        "guest 'web1' on host 'xen1' has the label appart=\"web\": that is no rule; 'apart' is one"));
        pool.on("xen1").beginJob(pool.on("xen1").guests().get(0).uuid());
        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> migrate(to("xen2")))
                .satisfies(refused -> assertThat(refused.notes()).anyMatch(note -> note.contains("appart")));
    }

    @Test
    void aHostThatARuleForbidsIsTakenOnlyAgainstTheRulesAndThatIsNoted() {
        web1();
        settings = new PlacementSettings(
                settings.reserveBytes(),
                4,
                8,
                settings.failureDomains(),
                List.of(new StandingRule(
                        "web1 on xen1", Rule.Kind.ON, true, List.of(new GuestPattern("web1")), List.of("xen1"))));
        assertThat(refusal(to("xen2"))).containsExactly("pin");
        MigrateGuest.Outcome outcome = migrate(againstRules("xen2"));
        assertThat(outcome.migrated()).isPresent();
        assertThat(outcome.notes()).anySatisfy(note -> assertThat(note).startsWith("against the rules: "));
    }

    private void aPairOnXen1() {
        web1();
        pool.on("xen1")
                .addRunning("cache", WEB1.formatted("").replace("web1", "cache").replace("11111111", "22222222"));
        settings = new PlacementSettings(
                settings.reserveBytes(),
                4,
                8,
                settings.failureDomains(),
                List.of(new StandingRule(
                        "pair",
                        Rule.Kind.TOGETHER,
                        true,
                        List.of(new GuestPattern("web1"), new GuestPattern("cache")),
                        List.of())));
    }

    @Test
    void aGuestDoesNotLeaveThoseThatAHardRuleKeepsItWithUnlessAgainstTheRules() {
        aPairOnXen1();

        assertThatExceptionOfType(Refused.class)
                .isThrownBy(() -> migrate(web1To(Optional.empty())))
                .withMessageContaining("'xen2': rule 'pair' keeps it with 'cache', which would stay");
        assertThat(refusal(to("xen2"))).containsExactly("affinity");
        // Room for itself suffices to each that goes alone.
        pool.on("xen2").freeMemory((1L << 30) + (150L << 20));
        MigrateGuest.Outcome alone = migrate(againstRules("xen2"));
        assertThat(alone.migrated()).isPresent();
        assertThat(alone.notes()).contains("against the rules: rule 'pair' keeps it with 'cache', which would stay");
    }

    @Test
    void aMoveOfAPlanNeedsRoomForItselfAndLeavesTheRulesToThePlan() {
        aPairOnXen1();
        pool.on("xen2").freeMemory((1L << 30) + (150L << 20));
        MigrateGuest.Outcome outcome = migrate(planned("xen2"));
        assertThat(outcome.migrated()).isPresent();
        assertThat(outcome.notes()).noneMatch(note -> note.startsWith("against the rules"));
    }

    @Test
    void ofAMachineWithTwoNamesNobodyIsToldToEndOneOfItsGuests() {
        web1();
        pool.on("xen2").addRunning("web1", WEB1.formatted(""));
        assertThatThrownBy(() -> migrate(to("xen3"))).hasMessageContaining("is active on 'xen1', 'xen2'");
        HostEquipment same =
                new HostEquipment(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("boot 1"));
        pool.on("xen1").has(same);
        pool.on("xen2").has(same);
        assertThatThrownBy(() -> migrate(to("xen3")))
                .hasMessage("hosts 'xen1' and 'xen2' of the configuration are one and the same machine");
    }

    @Test
    void whatAHostCannotDoIsRefusedAgainstTheRulesToo() {
        web1();
        pool.on("xen2").freeMemory(1 << 20);
        assertThat(refusal(againstRules("xen2"))).contains("memory");
    }

    @Test
    void aHostThatDoesNotAnswerOrIsNotThereIsSaidToBeSo() {
        web1();
        pool.silence("xen3");
        assertThatThrownBy(() -> migrate(to("xen3"))).hasMessageContaining("'xen3' does not answer");
        assertThatThrownBy(() -> migrate(to("xne2"))).isInstanceOf(NotFound.class);
        assertThat(migrator.jobs).isEmpty();
    }

    @Test
    void aDryRunSaysWhereToAndTouchesNothing() {
        Guest guest = web1();
        MigrateGuest.Outcome outcome = migrate(dry(to("xen2"), Optional.empty()));
        assertThat(outcome.toHost()).isEqualTo("xen2");
        assertThat(outcome.migrated()).isEmpty();
        assertThat(outcome.predicted().precopy().pause()).isPositive();
        assertThat(migrator.jobs).isEmpty();
        assertThat(announced).isEmpty();
        assertThat(entries(guest)).isEmpty();
    }

    @Test
    void aPauseThatIsPredictedToBeLongerThanAllowedIsRefused() {
        web1();
        assertThat(refusal(dry(to("xen2"), Optional.of(Duration.ofMillis(999)))))
                .containsExactly("pause-too-long");
        assertThat(migrate(dry(to("xen2"), Optional.of(Duration.ofSeconds(1)))).toHost())
                .isEqualTo("xen2");
    }

    @Test
    void sharedDisksAreBelievedOnlyOfWhoTypesTheGuestsName() {
        web1();
        assertThat(refusal(sharing("web2"))).containsExactly("shared-disks-of-another");
        assertThat(migrator.jobs).isEmpty();
        migrate(sharing("web1"));
        assertThat(migrator.jobs.get(0).sharedDisks()).isTrue();
    }

    @Test
    void aProtectedGuestGoesWhereAPermitWaitsForIt() {
        GivenPermits permits = new GivenPermits(web1().uuid());
        permits.put("xen1", 4);
        used = new PermittedMigrator(migrator, permits);
        assertThat(refusal(to("xen2"))).containsExactly("guest-protected");
        permits.put("xen2", 5);
        migrate(to("xen2"));
        assertThat(migrator.jobs).hasSize(1);
    }

    @Test
    void aGuestThatNoHostGuardsGoesAnywhere() {
        web1();
        used = new PermittedMigrator(migrator, new GivenPermits(UUID.randomUUID()));
        migrate(to("xen2"));
        assertThat(migrator.jobs).hasSize(1);
    }

    @Test
    void aGuestThatAnotherOperationHoldsIsLeftToIt() {
        Guest guest = web1();
        try (GuestLock lock = locks.take(guest.uuid(), "web1", "checkpoint create", Duration.ZERO)) {
            assertThat(lock.guest()).isEqualTo(guest.uuid());
            assertThatThrownBy(() -> migrate(to("xen2"))).isInstanceOf(Busy.class);
        }
        assertThat(migrator.jobs).isEmpty();
    }

    @Test
    void whatFailsAndIsSettledLeavesNothingInTheJournalOrTheHistory() {
        Guest guest = web1();
        migrator.breaks = true;
        assertThatThrownBy(() -> migrate(to("xen2"))).isInstanceOf(Failed.class);
        assertThat(entries(guest)).isEmpty();
        assertThat(new MigrationHistoryFile(state).read()).isEqualTo(MigrationHistory.NONE);
    }

    @Test
    void whatFailsAndIsNotSettledStaysInTheJournalAndIsInTheWayOfTheNext() {
        Guest guest = web1();
        migrator.breaks = true;
        migrator.leavesUnsettled = true;
        assertThatThrownBy(() -> migrate(to("xen2"))).isInstanceOf(Failed.class);
        assertThat(entries(guest)).hasSize(1);
        assertThatThrownBy(() -> migrate(to("xen2")))
                .isInstanceOfSatisfying(
                        Refused.class,
                        e -> assertThat(e.reasons()).extracting(Reason::code).containsExactly("unsettled"));
        assertThat(migrator.jobs).hasSize(1);
    }

    @Test
    void whatWasMeasuredIsWhatTheNextMigrationIsPredictedBy() {
        Guest guest = web1();
        migrate(to("xen2"));
        assertThat(new MigrationHistoryFile(state).read().records())
                .singleElement()
                .satisfies(record -> {
                    assertThat(record.at()).isEqualTo(NOW);
                    assertThat(record.guest()).isEqualTo(guest.uuid());
                    assertThat(record.from()).isEqualTo("xen1");
                    assertThat(record.to()).isEqualTo("xen2");
                    assertThat(record.memoryBytes()).isEqualTo(100L << 20);
                });
        assertThat(migrate(dry(to("xen1"), Optional.empty())).predicted().basis())
                .isEqualTo("learned from 1 migration(s) of this guest");
    }

    @Test
    void aMigrationIsDoneAlsoWhenNothingCanBeRemembered() throws IOException {
        web1();
        Files.createDirectories(state.resolve("migrations.json/in-the-way"));
        MigrateGuest.Outcome outcome = migrate(to("xen2"));
        assertThat(outcome.migrated()).isPresent();
        assertThat(outcome.notes())
                .anySatisfy(note -> assertThat(note).startsWith("what was measured could not be kept"));
    }
}
