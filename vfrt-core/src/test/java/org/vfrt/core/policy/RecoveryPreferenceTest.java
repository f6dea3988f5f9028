package org.vfrt.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.BadInput;

/** Whoever recovers a guest at night gets the form that was thought about by day. */
final class RecoveryPreferenceTest {

    private PolicyWorld world;

    @BeforeEach
    void begin(@TempDir Path directory) {
        world = new PolicyWorld(directory);
    }

    private Manifest taken() {
        world.add("xen1", "web1", "");
        world.policies.add(PolicyWorld.policy("all", "*"));
        world.runAll();
        return world.store.list().get(0);
    }

    private RecoveryPreference preference(List<RestoreForm> asked, Policy... policies) {
        return RecoveryPreference.of(asked, taken(), new Policies(List.of(policies)), world.store);
    }

    @Test
    void thePolicyOfTheGuestDecides() {
        RecoveryPreference preference = preference(
                List.of(), PolicyWorld.recovering(PolicyWorld.policy("web", "web*"), RestoreForm.COLD_CURRENT));
        assertThat(preference.forms()).containsExactly(RestoreForm.COLD_CURRENT);
        assertThat(preference.policy()).contains("web");
    }

    @Test
    void whatIsAskedForGoesBeforeIt() {
        assertThat(preference(
                                List.of(RestoreForm.MEMORY),
                                PolicyWorld.recovering(PolicyWorld.policy("web", "web*"), RestoreForm.COLD_CURRENT))
                        .forms())
                .containsExactly(RestoreForm.MEMORY);
    }

    @Test
    void withoutOneItIsMemoryFirst() {
        assertThat(preference(List.of(), PolicyWorld.policy("mail", "mail")).forms())
                .isEqualTo(RecoverGuest.PREFERENCE);
        assertThat(preference(List.of(), PolicyWorld.policy("web", "web1")).forms())
                .isEqualTo(RecoverGuest.PREFERENCE);
    }

    @Test
    void ofAGuestOfSeveralPoliciesItIsSaidHowToGoOnAllTheSame() {
        assertThatThrownBy(
                        () -> preference(List.of(), PolicyWorld.policy("a", "web1"), PolicyWorld.policy("b", "web*")))
                .isInstanceOfSatisfying(
                        BadInput.class, e -> assertThat(e.hint()).contains("'--form'"));
    }
}
