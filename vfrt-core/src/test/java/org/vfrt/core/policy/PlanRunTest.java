package org.vfrt.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;

final class PlanRunTest {

    private PolicyWorld world;

    @BeforeEach
    void begin(@TempDir Path state) {
        world = new PolicyWorld(state);
    }

    private static List<String> lines(PlanRun.Plan plan) {
        return plan.guests().stream()
                .map(planned -> planned.guest().name() + " " + planned.policy().name() + " " + planned.step())
                .toList();
    }

    private static List<String> codes(PlanRun.Plan plan) {
        return plan.troubles().stream()
                .map(trouble -> trouble.host().orElse("-") + " "
                        + trouble.guest().orElse("-") + " " + trouble.failure().code())
                .toList();
    }

    @Test
    void theGuestsThatPoliciesNameAreFoundOnAllHosts() {
        world.add("xen2", "web1", "");
        world.add("xen1", "web2", "");
        world.add("xen1", "db1", "");
        world.add("xen1", "mail", "");
        world.policies.add(PolicyWorld.policy("web", "web*"));
        world.policies.add(PolicyWorld.policy("db", "db1"));

        assertThat(lines(world.plan())).containsExactly("db1 db TAKE", "web1 web TAKE", "web2 web TAKE");
        assertThat(lines(world.plan(Optional.of("db")))).containsExactly("db1 db TAKE");
        assertThat(world.plan().troubles()).isEmpty();
    }

    @Test
    void aGuestIsFoundByALabelInItsDefinition() {
        String metadata =
                "<metadata><vfrt:labels xmlns:vfrt='" + Definition.LABELS_NAMESPACE + "' tier='%s'/></metadata>";
        world.add("xen1", "web1", metadata.formatted("gold"));
        world.add("xen1", "web2", metadata.formatted("tin"));
        world.add("xen1", "web3", "");
        world.policies.add(PolicyWorld.labelled("gold", "tier", "gold"));

        assertThat(lines(world.plan())).containsExactly("web1 gold TAKE");
    }

    @Test
    void aGuestOfTwoPoliciesIsRefusedAndTheOthersGoOn() {
        world.add("xen1", "web1", "");
        world.add("xen1", "web2", "");
        world.policies.add(PolicyWorld.policy("all", "web*"));
        world.policies.add(PolicyWorld.policy("one", "web1"));

        PlanRun.Plan plan = world.plan();
        assertThat(lines(plan)).containsExactly("web2 all TAKE");
        assertThat(codes(plan)).containsExactly("xen1 web1 several-policies");
        assertThat(plan.troubles().get(0).failure()).hasMessageContaining("'all', 'one'");
    }

    @Test
    void aHostThatDoesNotAnswerIsTroubleAndTheOthersArePlanned() {
        world.add("xen1", "web1", "");
        world.add("xen2", "db1", "");
        world.policies.add(PolicyWorld.policy("all", "web*", "db1"));
        world.pool.silence("xen2");

        PlanRun.Plan plan = world.plan();
        assertThat(lines(plan)).containsExactly("web1 all TAKE");
        assertThat(codes(plan)).containsExactly("xen2 - host-silent");
    }

    @Test
    void aGuestThatIsNamedAndThatNobodyKnowsIsTroubleButAPatternMayMeanNobody() {
        world.policies.add(PolicyWorld.policy("all", "web*", "db1"));
        assertThat(codes(world.plan())).containsExactly("- db1 no-such-guest");
    }

    @Test
    void aGuestThatIsShutOffRestsAndOneDefinedOnTwoHostsIsOne() {
        Guest off = world.add("xen1", "web1", "");
        world.pool.on("xen1").set(off.uuid(), GuestState.SHUT_OFF);
        world.policies.add(PolicyWorld.policy("all", "web*"));
        assertThat(lines(world.plan())).containsExactly("web1 all REST");

        world.add("xen2", "web1", "");
        assertThat(lines(world.plan())).containsExactly("web1 all TAKE");
    }

    @Test
    void withoutPoliciesOrWithAnotherNameItIsWrongUsage() {
        assertThatThrownBy(() -> world.plan()).isInstanceOf(BadInput.class);
        world.policies.add(PolicyWorld.policy("all", "web*"));
        assertThatThrownBy(() -> world.plan(Optional.of("al")))
                .isInstanceOf(NotFound.class)
                .hasMessageContaining("'al'");
    }

    @Test
    void whoseFreshCheckpointWasFoundDamagedGetsAnother() {
        world.add("xen1", "web1", "");
        world.policies.add(PolicyWorld.policy("web", "web*"));
        assertThat(world.runAll()).containsExactly("web1 TAKEN");
        world.pass("PT1M");
        assertThat(lines(world.plan())).containsExactly("web1 web WAIT");

        world.store.noteDamaged(world.store.list().get(0).id(), Instant.EPOCH);
        assertThat(lines(world.plan())).containsExactly("web1 web TAKE");
        assertThat(world.runAll()).containsExactly("web1 TAKEN");
        assertThat(lines(world.plan())).containsExactly("web1 web WAIT");
    }
}
