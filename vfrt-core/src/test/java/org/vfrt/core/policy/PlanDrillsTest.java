package org.vfrt.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.drill.DrillNetwork;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.drill.DrillRecords;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.sign.Sign;

final class PlanDrillsTest {

    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

    private PolicyWorld world;
    private DrillRecords records;

    @BeforeEach
    void begin(@TempDir Path state) {
        world = new PolicyWorld(state);
        records = new DrillRecords(state);
    }

    private PlanDrills.Plan plan() {
        Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
        Policies policies = new Policies(world.policies);
        return new PlanDrills(new PlanRun(world.pool.pool(), policies, world.store, clock), policies, records, clock)
                .run();
    }

    private static List<String> lines(PlanDrills.Plan plan) {
        return plan.guests().stream()
                .map(one -> one.guest().name() + " " + one.policyName() + (one.due() ? " due" : ""))
                .toList();
    }

    private static Policy drilled(Policy policy) {
        return PolicyWorld.drilled(
                policy, new DrillOrder(Duration.ofDays(7), Sign.usual(), DrillOrder.WITHIN, DrillNetwork.NONE));
    }

    private void record(String guest, DrillRecord.Result result, Duration age) {
        records.add(new DrillRecord(
                PolicyWorld.uuid(guest),
                guest,
                Optional.empty(),
                Optional.empty(),
                NOW.minus(age),
                result,
                "",
                "",
                "runs",
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    }

    @Test
    void guestsAreDueByTheirLastDrillThatSaidSomething() {
        for (String guest : List.of("web1", "web2", "web3", "web4", "db1")) {
            world.add("xen1", guest, "");
        }
        world.policies.add(drilled(PolicyWorld.policy("web", "web*")));
        world.policies.add(PolicyWorld.policy("db", "db1"));
        record("web1", DrillRecord.Result.PASSED, Duration.ofDays(8));
        record("web2", DrillRecord.Result.PASSED, Duration.ofDays(2));
        record("web3", DrillRecord.Result.PASSED, Duration.ofDays(8));
        record("web3", DrillRecord.Result.NOT_RUN, Duration.ofDays(1));
        assertThat(lines(plan())).containsExactly("web1 web due", "web2 web", "web3 web due", "web4 web due");
    }

    @Test
    void aGuestThatIsOffIsTriedAllTheSame() {
        world.pool.on("xen1").set(world.add("xen1", "web1", "").uuid(), GuestState.SHUT_OFF);
        world.policies.add(drilled(PolicyWorld.policy("web", "web*")));
        assertThat(lines(plan())).containsExactly("web1 web due");
    }

    @Test
    void aCopyOfADrillIsNobodysGuestAndAGuestThatIsOnlyCalledSoIsOne() {
        world.add(
                "xen1",
                "drill-web1",
                "<metadata><v:labels xmlns:v='" + Definition.LABELS_NAMESPACE + "' drill='web1'/></metadata>");
        world.add("xen1", "drill-hall", "");
        world.policies.add(drilled(PolicyWorld.policy("all", "*")));
        assertThat(lines(plan())).containsExactly("drill-hall all due");
        assertThat(world.plan().guests()).hasSize(1);
    }

    @Test
    void aHostThatDoesNotAnswerAndAGuestThatIsGoneAreNotLeftOutInSilence() {
        world.add("xen1", "web1", "");
        world.policies.add(drilled(PolicyWorld.policy("web", "web1", "web9")));
        assertThat(plan().troubles())
                .singleElement()
                .satisfies(trouble -> assertThat(trouble.failure()).hasMessageContaining("'web9'"));
        world.pool.silence("xen2");
        assertThat(plan().troubles())
                .singleElement()
                .satisfies(trouble -> assertThat(trouble.host()).contains("xen2"));
    }

    @Test
    void withoutAnyDrillInThePoliciesThereIsNothingToPlan() {
        world.policies.add(PolicyWorld.policy("web", "web*"));
        assertThatThrownBy(this::plan).isInstanceOf(BadInput.class);
    }
}
