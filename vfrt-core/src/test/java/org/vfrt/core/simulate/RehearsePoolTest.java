package org.vfrt.core.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Place;
import org.vfrt.core.config.StandbySettings;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.placement.Amount;
import org.vfrt.core.placement.Facility;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.pool.Version;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyStatus;
import org.vfrt.core.standby.Tier;

final class RehearsePoolTest {

    private static final Version VERSION = new Version(4, 17, 3);
    private static final Facility DISK = new Facility(Facility.Kind.STORAGE, "/dev/san/web1");

    @TempDir
    private Path directory;

    private final List<HostLoad> hosts = new ArrayList<>(List.of(host("xen1", 8), host("xen2", 8), host("xen3", 8)));
    private final List<GuestLoad> guests = new ArrayList<>();
    private final List<StandbyStatus.Row> rows = new ArrayList<>();
    private final Map<String, List<List<FenceSettings>>> fence = new HashMap<>();

    private static HostLoad host(String name, int gib) {
        Amount capacity = new Amount((long) gib << 30, 8, 32);
        return new HostLoad(name, HostLoad.State.ONLINE, name, capacity, capacity, Amount.NONE, Set.of(DISK), VERSION);
    }

    private UUID runs(String name, String on, int gib) {
        UUID uuid = UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        guests.add(new GuestLoad(
                name, uuid, on, new Amount((long) gib << 30, 1, 1), Set.of(DISK), VERSION, Optional.empty(), 0));
        return uuid;
    }

    private UUID isProtected(String name, String on, int gib, UUID... after) {
        UUID uuid = runs(name, on, gib);
        rows.add(new StandbyStatus.Row(
                new Protection(
                        uuid,
                        name,
                        Tier.WARM,
                        on,
                        Optional.empty(),
                        true,
                        Duration.ofSeconds(30),
                        0,
                        List.of(after),
                        List.of(RestoreForm.MEMORY, RestoreForm.COLD_CURRENT),
                        Sign.usual(),
                        false),
                Optional.of(Claim.of(uuid, name, 4, Claim.Phase.HELD, new Place(on, "boot-of-" + on))),
                StandbyStatus.State.PROTECTED,
                Optional.empty(),
                Optional.empty()));
        return uuid;
    }

    private void fenced(String... names) {
        for (String name : names) {
            fence.put(
                    name,
                    List.of(List.of(new FenceSettings(
                            "ipmi", "ipmilan", Optional.empty(), Optional.empty(), Optional.empty(), Map.of()))));
        }
    }

    private RehearsePool.Rehearsal rehearsal() {
        StandbySettings settings = new StandbySettings(
                true, Optional.empty(), Optional.empty(), StandbySettings.EVIDENCE, Optional.empty(), fence);
        return new RehearsePool(
                        new StandbyStatus.Outcome(rows, Optional.empty(), List.of()),
                        new PoolLoad(hosts, guests, List.of()),
                        settings)
                .run();
    }

    private static Stream<String> lines(Simulate.Outcome outcome, String part) {
        return outcome.log().stream().filter(line -> line.contains(part));
    }

    @Test
    void eachHostThatRunsAProtectedGuestDiesAndTheGuestsComeBackElsewhere() {
        fenced("xen1", "xen2", "xen3");
        UUID database = isProtected("db1", "xen1", 1);
        isProtected("web1", "xen1", 1, database);
        isProtected("mail", "xen2", 1);

        RehearsePool.Rehearsal rehearsal = rehearsal();
        Simulate.Outcome outcome = new Simulate().play(rehearsal.scenario(), 1, 0);

        assertThat(rehearsal.notes()).isEmpty();
        assertThat(outcome.broken()).isEmpty();
        assertThat(lines(outcome, "loses its power")).hasSize(2);
        for (String name : List.of("db1", "web1", "mail")) {
            assertThat(lines(outcome, "the network hears that '" + name + "' is on"))
                    .as("%s comes back, and goes home", name)
                    .hasSize(2);
        }
    }

    @Test
    void aGuestForWhichNobodyHasTheMemoryIsSeenNotToComeBack() {
        fenced("xen1", "xen2", "xen3");
        isProtected("large", "xen1", 6);
        runs("other2", "xen2", 4);
        runs("other3", "xen3", 4);

        Simulate.Outcome outcome = new Simulate().play(rehearsal().scenario(), 1, 0);

        assertThat(outcome.broken()).isEmpty();
        assertThat(lines(outcome, "has no memory free")).isNotEmpty();
        assertThat(lines(outcome, "the network hears that 'large' is on xen2")).isEmpty();
    }

    @Test
    void whereNothingProvesADeathAPersonHasTo() {
        fenced("xen2");
        isProtected("web1", "xen1", 1);

        RehearsePool.Rehearsal rehearsal = rehearsal();
        Simulate.Outcome outcome = new Simulate().play(rehearsal.scenario(), 1, 0);

        assertThat(rehearsal.notes())
                .containsExactly("nothing proves by itself that host 'xen1' is dead: in the rehearsal a person confirms"
                        + " it, as 'vfrt standby confirm-dead' does");
        assertThat(outcome.broken()).isEmpty();
        assertThat(lines(outcome, "the network hears that 'web1' is on")).isNotEmpty();
    }

    @Test
    void aHostThatDoesNotAnswerTakesNobodyElse() {
        fenced("xen1", "xen2", "xen3");
        isProtected("web1", "xen1", 1);
        hosts.set(1, hosts.get(1).with(HostLoad.State.UNKNOWN));

        RehearsePool.Rehearsal rehearsal = rehearsal();

        assertThat(rehearsal.notes())
                .containsExactly("host 'xen2' does not answer: it is taken for one without memory for others");
        assertThat(lines(new Simulate().play(rehearsal.scenario(), 1, 0), "the network hears that 'web1' is on xen2"))
                .isEmpty();
    }

    @Test
    void misfortuneByChanceBreaksNoRuleOnItEither() {
        fenced("xen1", "xen2", "xen3");
        isProtected("db1", "xen1", 2);
        isProtected("web1", "xen2", 2);

        assertThat(new Simulate().play(rehearsal().scenario(), 5, 20_000).broken())
                .isEmpty();
    }

    @Test
    void aPoolThatProtectsNothingIsRefused() {
        runs("web1", "xen1", 1);

        assertThatThrownBy(this::rehearsal)
                .isInstanceOf(Refused.class)
                .hasMessage("no guest of this pool is protected: whatever dies, nothing would be done");
    }

    @Test
    void whatIsWrittenIsReadAsTheSame() {
        fenced("xen1", "xen2");
        isProtected("web 1: old", "xen1", 1);
        isProtected("xen3", "xen2", 1);
        Scenario scenario = rehearsal().scenario();
        Path file = directory.resolve("rehearsal.yaml");

        new WriteScenario().write(scenario, file);
        Scenario read = new ReadScenario().read(file);

        assertThat(read.hosts()).isEqualTo(scenario.hosts());
        assertThat(read.guests()).isEqualTo(scenario.guests());
        assertThat(read.machines()).isEqualTo(scenario.machines());
        assertThat(read.rules()).isEqualTo(scenario.rules());
        assertThat(read.steps())
                .extracting(Scenario.Step::text)
                .isEqualTo(scenario.steps().stream().map(Scenario.Step::text).toList());
        assertThatThrownBy(() -> new WriteScenario().write(scenario, file))
                .isInstanceOf(BadInput.class)
                .hasMessageEndingWith("is there already");
    }
}
