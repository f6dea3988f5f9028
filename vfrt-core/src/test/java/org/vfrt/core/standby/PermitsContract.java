package org.vfrt.core.standby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;

/** What every kind of permits keeps to. */
public abstract class PermitsContract {

    private static final UUID WEB = UUID.fromString("8e8dab7f-3860-481d-8461-c0a967d2527a");
    private static final UUID DATA = UUID.fromString("11111111-2222-4333-8444-555555555555");

    protected abstract Permits permits();

    protected abstract Hypervisor host();

    /** Ends the host's boot and begins the next. */
    protected abstract void reboot();

    private String boot() {
        return permits().standing(host()).boot();
    }

    private Permits.Guarded guarded(UUID guest) {
        return permits().standing(host()).guarded().stream()
                .filter(one -> one.guest().equals(guest))
                .findFirst()
                .orElseThrow();
    }

    private void guardedWithPermit(long epoch) {
        permits().guard(host(), WEB, "web 1");
        permits().rejoin(host(), boot());
        permits().give(host(), boot(), WEB, epoch);
    }

    private static void refused(String code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void aHostThatWasNeverAskedGuardsNothingAndHasNotRejoined() {
        Permits.Standing standing = permits().standing(host());
        assertThat(standing.guarded()).isEmpty();
        assertThat(standing.rejoined()).isFalse();
        assertThat(standing.boot()).isNotEmpty();
    }

    @Test
    void whatIsGuardedHasItsNameAndNoPermitAtFirst() {
        permits().guard(host(), WEB, "web 1");
        permits().guard(host(), WEB, "web 1");
        assertThat(permits().standing(host()).guarded())
                .containsExactly(new Permits.Guarded(WEB, "web 1", 0, Optional.empty()));
    }

    @Test
    void aPermitIsThereUntilItIsWithdrawn() {
        guardedWithPermit(3);
        assertThat(guarded(WEB)).isEqualTo(new Permits.Guarded(WEB, "web 1", 3, Optional.of(3L)));
        permits().give(host(), boot(), WEB, 3);
        permits().withdraw(host(), WEB, 3);
        permits().withdraw(host(), WEB, 3);
        assertThat(guarded(WEB)).isEqualTo(new Permits.Guarded(WEB, "web 1", 3, Optional.empty()));
    }

    @Test
    void noPermitIsGivenForAnotherBootThanThatOfTheHost() {
        permits().guard(host(), WEB, "web1");
        permits().rejoin(host(), boot());
        refused("other-boot", () -> permits().give(host(), "00000000-0000-4000-8000-000000000000", WEB, 1));
        refused("other-boot", () -> permits().rejoin(host(), "00000000-0000-4000-8000-000000000000"));
    }

    @Test
    void noPermitIsGivenBeforeTheHostHasRejoined() {
        permits().guard(host(), WEB, "web1");
        refused("not-rejoined", () -> permits().give(host(), boot(), WEB, 1));
    }

    @Test
    void noPermitIsGivenForAGuestThatIsNotGuarded() {
        permits().rejoin(host(), boot());
        refused("not-guarded", () -> permits().give(host(), boot(), WEB, 1));
    }

    @Test
    void noPermitIsGivenForAnEpochFromBeforeOneThatWasSeen() {
        guardedWithPermit(4);
        refused("later-epoch", () -> permits().give(host(), boot(), WEB, 3));
        assertThat(guarded(WEB).permit()).contains(4L);
    }

    @Test
    void whatWasWithdrawnWithTheNextEpochIsNotGivenAgainByWhoeverSleptMeanwhile() {
        guardedWithPermit(4);
        permits().withdraw(host(), WEB, 5);
        refused("later-epoch", () -> permits().give(host(), boot(), WEB, 4));
        permits().give(host(), boot(), WEB, 5);
        assertThat(guarded(WEB).permit()).contains(5L);
    }

    @Test
    void aGuestIsNotLeftUnguardedByWhoeverSleptMeanwhile() {
        guardedWithPermit(4);
        refused("later-epoch", () -> permits().unguard(host(), WEB, 3));
        assertThat(guarded(WEB).permit()).contains(4L);
        permits().unguard(host(), WEB, 4);
        assertThat(permits().standing(host()).guarded()).isEmpty();
    }

    @Test
    void aPermitOfALaterEpochIsNotWithdrawnByWhoeverSleptMeanwhile() {
        guardedWithPermit(4);
        refused("later-epoch", () -> permits().withdraw(host(), WEB, 3));
        assertThat(guarded(WEB).permit()).contains(4L);
    }

    @Test
    void withdrawingWhatWasNotGivenYetKeepsItFromBeingGiven() {
        permits().guard(host(), WEB, "web1");
        permits().rejoin(host(), boot());
        permits().withdraw(host(), WEB, 7);
        refused("later-epoch", () -> permits().give(host(), boot(), WEB, 6));
        assertThat(guarded(WEB).highestEpoch()).isEqualTo(7);
    }

    @Test
    void afterABootThereAreNoPermitsAndGuardsAndEpochsAreAsBefore() {
        guardedWithPermit(4);
        String before = boot();
        reboot();
        assertThat(boot()).isNotEqualTo(before);
        assertThat(permits().standing(host()).rejoined()).isFalse();
        assertThat(guarded(WEB)).isEqualTo(new Permits.Guarded(WEB, "web 1", 4, Optional.empty()));
        refused("other-boot", () -> permits().give(host(), before, WEB, 4));
        refused("not-rejoined", () -> permits().give(host(), boot(), WEB, 4));
    }

    @Test
    void aGuestThatIsNoLongerGuardedHasNoPermitAndItsEpochsStay() {
        guardedWithPermit(4);
        permits().guard(host(), DATA, "data1");
        permits().unguard(host(), WEB);
        permits().unguard(host(), WEB);
        assertThat(permits().standing(host()).guarded())
                .extracting(Permits.Guarded::guest)
                .containsExactly(DATA);
        permits().guard(host(), WEB, "web1");
        assertThat(guarded(WEB)).isEqualTo(new Permits.Guarded(WEB, "web1", 4, Optional.empty()));
    }
}
