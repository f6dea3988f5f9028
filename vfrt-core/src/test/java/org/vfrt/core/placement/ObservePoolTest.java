package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Version;

class ObservePoolTest {

    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final long MIB = 1L << 20;

    private final FakePool pool = new FakePool("xen1", "xen2");
    private final ObservePool observe =
            new ObservePool(PlacementSettings.DEFAULT, new LoadHistoryFile(Path.of("/nowhere")), Clock.systemUTC());

    @Test
    void aGuestNeedsItsMemoryAndWhatXenTakesForIt() {
        pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));

        GuestLoad guest = observed().load().guests().get(0);

        // 2 MiB, 1 MiB for the virtual CPU, and a 128th of 512 MiB.
        assertThat(guest.need().memoryBytes()).isEqualTo((512 + 2 + 1 + 4) * MIB);
        assertThat(guest.host()).isEqualTo("xen1");
        assertThat(guest.bound()).isEmpty();
    }

    @Test
    void aHostHasForGuestsWhatIsFreeAndWhatTheyHaveWithoutTheReserve() {
        pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));

        HostLoad host = observed().load().hosts().get(0);

        assertThat(host.limit().memoryBytes()).isEqualTo((4096 + 519 - 1024) * MIB);
    }

    @Test
    void useOfCpusIsThatBetweenTwoSamples() {
        Guest guest = pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));
        ObservePool.Observed first = observed();
        assertThat(first.notes()).singleElement().asString().contains("not measured yet for 1 guest");
        pool.on("xen1")
                .add(
                        new Guest(
                                guest.name(),
                                guest.uuid(),
                                guest.id(),
                                GuestState.RUNNING,
                                guest.cpuTime().plus(Duration.ofSeconds(45)),
                                guest.memoryBytes(),
                                guest.vcpus(),
                                true),
                        definition("web1", "xenpvh", ""));

        ObservePool.Observed second;
        try (OpenPool open = pool.pool().open()) {
            second = observe.run(open, first.history(), NOW.plusSeconds(60));
        }

        assertThat(second.load().guests().get(0).need().cpus()).isEqualTo(0.75);
        assertThat(second.notes()).isEmpty();
    }

    @Test
    void aHostThatDoesNotAnswerIsNoPlaceForAnybody() {
        pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));
        pool.silence("xen2");

        ObservePool.Observed observed = observed();

        assertThat(observed.load().hosts())
                .extracting(HostLoad::name, HostLoad::state)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("xen1", HostLoad.State.ONLINE),
                        org.assertj.core.api.Assertions.tuple("xen2", HostLoad.State.UNKNOWN));
        assertThat(observed.notes())
                .contains("no guest goes to host 'xen2' or comes from there: host 'xen2' does not answer");
        assertThat(new ChooseHost(Metric.BALANCE).run(observed.load(), "web1"))
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.rejections())
                        .extracting(Rejection::code)
                        .containsExactly(Rejection.Code.STALE_METRICS));
    }

    @Test
    void whatAHostLacksIsSaid() {
        pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));
        pool.on("xen1")
                .has(new HostEquipment(
                        Optional.of(Set.of("xenbr0")),
                        Optional.of(Set.of()),
                        Optional.of(Set.of("avx2")),
                        Optional.of("one")));
        pool.on("xen2")
                .has(new HostEquipment(
                        Optional.of(Set.of("br7")),
                        Optional.of(Set.of()),
                        Optional.of(Set.of()),
                        Optional.of("other")));

        assertThat(new ChooseHost(Metric.BALANCE).run(observed().load(), "web1"))
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.rejections())
                        .extracting(Rejection::text)
                        .containsExactlyInAnyOrder("has no network 'xenbr0'", "has a CPU without 'avx2'"));
    }

    @Test
    void oneMachineWithTwoNamesIsRefusedAndBothAreNamed() {
        HostEquipment same =
                new HostEquipment(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("boot 1"));
        pool.on("xen1").has(same);
        pool.on("xen2").has(same);

        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(this::observed)
                .withMessage("hosts 'xen1' and 'xen2' of the configuration are one and the same machine");
        // Who brings a guest back after an outage is told, and not kept from it.
        ObservePool.Newcomer newcomer = new ObservePool.Newcomer(
                Definition.parse(definition("web1", "xenpvh", "")), "xen1", new Version(4, 17, 0));
        try (OpenPool open = pool.pool().open()) {
            assertThat(observe.run(open, newcomer, LoadHistory.NONE, NOW)
                            .observed()
                            .notes())
                    .contains("hosts 'xen1' and 'xen2' of the configuration are one and the same machine");
        }
    }

    @Test
    void aHostWithoutFreeMemoryIsFullAndNotAThousandTimesOver() {
        pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));
        pool.on("xen1").freeMemory(0);
        pool.on("xen2").freeMemory(0);

        ObservePool.Observed observed = observed();

        Layout layout = new Layout(observed.load(), Metric.BALANCE);
        assertThat(layout.use(0, Resource.MEMORY.column())).isBetween(0.3, 1.0);
        assertThat(layout.violations()).isBetween(0.3, 1.0);
        assertThat(layout.score().index(Metric.BALANCE)).isLessThan(100);
        assertThat(new ChooseHost(Metric.BALANCE).run(observed.load(), "web1"))
                .singleElement()
                .satisfies(candidate -> {
                    assertThat(candidate.rejections())
                            .extracting(Rejection::text)
                            .containsExactly("needs 519 MiB, free 0 MiB of 0 MiB");
                    assertThat(candidate.added(Contribution.Part.OVERLOAD)).isLessThan(1);
                });
        assertThat(observed.notes())
                .contains(
                        "host 'xen2' has no memory free for guests: 0 MiB are free, and 1,024 MiB are kept in reserve");
    }

    @Test
    void aPausedGuestStaysAndTheReasonIsThatItIsPaused() {
        Guest guest = pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));
        pool.on("xen1")
                .add(
                        new Guest(
                                guest.name(),
                                guest.uuid(),
                                guest.id(),
                                GuestState.PAUSED,
                                guest.cpuTime(),
                                guest.memoryBytes(),
                                guest.vcpus(),
                                true),
                        definition("web1", "xenpvh", ""));

        assertThat(observed().load().guests().get(0).bound())
                .map(GuestLoad.Bound::reason)
                .contains("it is paused, and a paused guest cannot answer Xen's request to suspend");
    }

    @Test
    void mistakesInLabelsAreSaidWithGuestHostAndText() {
        pool.on("xen1")
                .addRunning(
                        "web1",
                        definition("web1", "xenpvh", "not_on='xen9' soft_on='xen1, xen7' tier='db' os='linux'"));
        pool.on("xen2")
                .addRunning(
                        "web2", definition("web2", "xenpvh", "appart='web' Together='pair' not-on='xen1' apart=''"));

        assertThat(observed().notes())
                .contains(
                        "guest 'web1' on host 'xen1' has the label not_on=\"xen9\": there is no host 'xen9'",
                        "guest 'web1' on host 'xen1' has the label soft_on=\"xen1, xen7\": there is no host 'xen7'",
                        "guest 'web2' on host 'xen2' has the label appart=\"web\": that is no rule; 'apart' is one",
                        "guest 'web2' on host 'xen2' has the label Together=\"pair\": that is no rule; 'together' is one",
                        "guest 'web2' on host 'xen2' has the label not-on=\"xen1\": that is no rule; 'not_on' is one",
                        "guest 'web2' on host 'xen2' has the label apart=\"\": it names nothing")
                .noneMatch(note -> note.contains("tier") || note.contains("linux"));
    }

    @Test
    void aGuestThatIsSeenOnBothHostsWhileItMovesIsWhereItRuns() {
        Guest guest = pool.on("xen2").addRunning("web1", definition("web1", "xenpvh", ""));
        pool.on("xen1")
                .add(
                        new Guest(
                                guest.name(),
                                guest.uuid(),
                                7,
                                GuestState.PAUSED,
                                Duration.ZERO,
                                guest.memoryBytes(),
                                guest.vcpus(),
                                true),
                        definition("web1", "xenpvh", ""));

        assertThat(observed().load().guests()).singleElement().satisfies(one -> {
            assertThat(one.host()).isEqualTo("xen2");
            assertThat(one.bound()).isEmpty();
        });
    }

    @Test
    void aPvGuestStaysWhereItIs() {
        pool.on("xen1").addRunning("web1", definition("web1", "linux", ""));

        assertThat(observed().load().guests().get(0).bound())
                .hasValueSatisfying(bound -> assertThat(bound.code()).isEqualTo(Rejection.Code.PV_GUEST));
    }

    @Test
    void labelsOfGuestsAreRules() {
        pool.on("xen1").addRunning("db1", definition("db1", "xenpvh", "apart='databases' soft_on='xen2'"));
        pool.on("xen1").addRunning("db2", definition("db2", "xenpvh", "apart='databases'"));

        assertThat(observed().load().rules())
                .containsExactlyInAnyOrder(
                        new Rule("apart=databases", Rule.Kind.APART, true, Set.of("db1", "db2"), Set.of()),
                        new Rule("soft_on of db1", Rule.Kind.ON, false, Set.of("db1"), Set.of("xen2")));
    }

    @Test
    void aRuleOfTheConfigurationIsAboutTheGuestsThatItsPatternsMean() {
        Guest web1 = pool.on("xen1").addRunning("web1", definition("web1", "xenpvh", ""));
        pool.on("xen2").addRunning("web2", definition("web2", "xenpvh", ""));
        pool.on("xen2").addRunning("db", definition("db", "xenpvh", ""));
        PlacementSettings settings = new PlacementSettings(
                OptionalLong.empty(),
                4,
                8,
                Map.of(),
                List.of(
                        rule("apart", Rule.Kind.APART, List.of(), "web*"),
                        rule(
                                "by uuid",
                                Rule.Kind.ON,
                                List.of("xen1"),
                                web1.uuid().toString()),
                        rule("nobody", Rule.Kind.TOGETHER, List.of(), "mail*")));

        ObservePool.Observed observed;
        try (OpenPool open = pool.pool().open()) {
            observed = new ObservePool(settings, new LoadHistoryFile(Path.of("/nowhere")), Clock.systemUTC())
                    .run(open, LoadHistory.NONE, NOW);
        }

        assertThat(observed.load().rules())
                .containsExactly(
                        new Rule("apart", Rule.Kind.APART, true, Set.of("web1", "web2"), Set.of()),
                        new Rule("by uuid", Rule.Kind.ON, true, Set.of("web1"), Set.of("xen1")),
                        new Rule("nobody", Rule.Kind.TOGETHER, true, Set.of(), Set.of()));
        assertThat(new ChooseHost(Metric.BALANCE)
                        .run(observed.load(), "web1")
                        .get(0)
                        .rejections())
                .extracting(Rejection::text)
                .containsExactlyInAnyOrder(
                        "rule 'apart' keeps it apart from 'web2'", "rule 'by uuid' allows 'xen1' only");
    }

    @Test
    void ofTwoGuestsOfOneNameOneIsLookedAtWithItsOwnRules() {
        UUID first = pool.on("xen1")
                .addRunning("test", definition("test", "xenpvh", "on='xen1'"))
                .uuid();
        pool.on("xen2")
                .addRunning(
                        "test",
                        definition("test", "xenpvh", "on='xen2'").replace(first.toString(), new UUID(0, 2).toString()));

        ObservePool.Observed observed = observed();

        assertThat(observed.load().guests()).singleElement().satisfies(guest -> {
            assertThat(guest.host()).isEqualTo("xen1");
            assertThat(guest.uuid()).isEqualTo(first);
        });
        assertThat(observed.notes()).anyMatch(note -> note.contains("another guest is called 'test'"));
        assertThat(observed.leftOut().values()).contains(Set.of("test"));
        assertThat(observed.load().rules())
                .containsExactlyInAnyOrder(
                        new Rule("on of test", Rule.Kind.ON, true, Set.of("test"), Set.of("xen1")),
                        new Rule(
                                "no host has two of one name", Rule.Kind.NOT_ON, true, Set.of("test"), Set.of("xen2")));
    }

    @Test
    void aGuestThatIsToComeIsNotCountedWhereItIsAndHasItsRules() {
        pool.on("xen1").addRunning("db1", definition("db1", "xenpvh", "apart='databases'"));
        pool.on("xen2").addRunning("db2", definition("db2", "xenpvh", "apart='databases'"));

        ObservePool.Expecting expecting;
        try (OpenPool open = pool.pool().open()) {
            expecting = observe.run(
                    open,
                    new ObservePool.Newcomer(
                            Definition.parse(definition("db1", "linux", "apart='databases' on='xen1'")),
                            "xen1",
                            new Version(4, 17, 0)),
                    LoadHistory.NONE,
                    NOW);
        }

        assertThat(expecting.observed().load().guests())
                .extracting(GuestLoad::name)
                .containsExactly("db2");
        assertThat(expecting.guest().bound()).isEmpty();
        assertThat(expecting.observed().load().rules())
                .contains(
                        new Rule("apart=databases", Rule.Kind.APART, true, Set.of("db1", "db2"), Set.of()),
                        new Rule("on of db1", Rule.Kind.ON, true, Set.of("db1"), Set.of("xen1")));
    }

    private static StandingRule rule(String name, Rule.Kind kind, List<String> hosts, String guests) {
        return new StandingRule(name, kind, true, List.of(new GuestPattern(guests)), hosts);
    }

    private ObservePool.Observed observed() {
        try (OpenPool open = pool.pool().open()) {
            return observe.run(open, LoadHistory.NONE, NOW);
        }
    }

    private static String definition(String name, String type, String labels) {
        return """
                <domain type='xen'>
                  <name>%s</name>
                  <uuid>%s</uuid>
                  <metadata><l:labels xmlns:l='http://vfrt.org/xmlns/labels/1.0' %s/></metadata>
                  <memory unit='MiB'>512</memory>
                  <vcpu>1</vcpu>
                  <os><type>%s</type></os>
                  <devices>
                    <interface type='bridge'><source bridge='xenbr0'/></interface>
                  </devices>
                </domain>
                """.formatted(
                        name,
                        java.util.UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                        labels,
                        type);
    }
}
