package org.vfrt.core.standby;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.MemoryRegister;
import org.vfrt.core.claim.Place;
import org.vfrt.core.evidence.RenewableLeases;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Temporary;

class KeepLeasesTest {

    private static final Duration WATCHDOG = Duration.ofSeconds(60);
    private static final UUID GUEST = new UUID(0, 1);

    private final MemoryRegister register = new MemoryRegister();
    private final Claims claims = new Claims(register);
    private final Arming arming = new Arming(register, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    private final Hosts hosts = new Hosts();
    private final KeepLeases keep = keep(WATCHDOG);

    private KeepLeases keep(Duration watchdog) {
        return new KeepLeases(claims, arming, List.of("xen1", "xen2"), hosts, watchdog);
    }

    /** Hosts that say what they are asked, but for those that are silent. */
    private static final class Hosts implements RenewableLeases {

        private final List<String> asked = new ArrayList<>();
        private final Set<String> silent = new HashSet<>();
        private final CountDownLatch renewed = new CountDownLatch(3);

        @Override
        public synchronized boolean renew(String host, Duration watchdog) {
            ask("renew " + host);
            renewed.countDown();
            return true;
        }

        @Override
        public synchronized void giveBack(String host) {
            ask("give back " + host);
        }

        private void ask(String question) {
            asked.add(question);
            if (silent.stream().anyMatch(question::endsWith)) {
                throw new Temporary("unreachable", "it does not answer", "");
            }
        }

        @Override
        public Optional<Lease> read(String host) {
            return Optional.empty();
        }

        @Override
        public synchronized void close() {
            asked.add("close");
        }
    }

    private Claims.Known claimed(String host) {
        return claims.begin(Claim.of(GUEST, "web1", 1, Claim.Phase.HELD, new Place(host, "boot of " + host)))
                .orElseThrow();
    }

    private List<String> turns() {
        hosts.asked.clear();
        keep.look(false);
        keep.turn("xen1");
        keep.turn("xen2");
        return List.copyOf(hosts.asked);
    }

    @Test
    void hostsThatClaimsNameAreRenewedAndOthersAskedOnceToGiveBack() {
        claimed("xen1");
        assertThat(turns()).containsExactly("renew xen1", "give back xen2");
        assertThat(turns()).containsExactly("renew xen1");
    }

    @Test
    void aHostThatNoClaimNamesAnyMoreIsNeverResetForIt() {
        Claims.Known known = claimed("xen1");
        turns();
        claims.change(known, known.claim().with(Claim.Phase.HELD, new Place("xen2", "boot of xen2"), 2));
        assertThat(turns()).containsExactly("give back xen1", "renew xen2");
    }

    @Test
    void whoDisarmsFailoverIsNotSurprisedByResets() {
        claimed("xen1");
        turns();
        arming.disarm("ann", "switches are replaced");
        assertThat(turns()).containsExactly("give back xen1");
        arming.arm("ann");
        assertThat(turns()).containsExactly("renew xen1");
    }

    @Test
    void nothingIsGivenBackBeforeItIsKnownWhatIsClaimed() {
        keep.turn("xen1");
        assertThat(hosts.asked).isEmpty();
    }

    @Test
    void aFailureIsAnAlarmUntilOneRenewalSucceeds() {
        claimed("xen1");
        hosts.silent.add("xen1");
        turns();
        assertThat(keep.alarms()).extracting(Reason::code).containsExactly("unreachable");
        hosts.silent.clear();
        turns();
        assertThat(keep.alarms()).isEmpty();
    }

    @Test
    void aHostThatIsOffAndHasNoClaimIsNoAlarmAndIsAskedAgain() {
        hosts.silent.add("xen2");
        turns();
        assertThat(turns()).contains("give back xen2");
        assertThat(keep.alarms()).isEmpty();
    }

    /** What it still does may take longer than it is let live. */
    @Test
    void aControllerThatIsToEndGivesBackBeforeItIsDone() {
        claimed("xen1");
        turns();
        hosts.asked.clear();
        keep.look(true);
        keep.turn("xen1");
        keep.turn("xen2");
        assertThat(hosts.asked).containsExactly("give back xen1");
    }

    @Test
    void endingGivesBackWhatWasRenewedAndSaysWhoDidNotHear() throws InterruptedException {
        claimed("xen1");
        KeepLeases quick = keep(Duration.ofMillis(50));
        quick.start(() -> false);
        assertThat(hosts.renewed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(quick.end()).isEmpty();
        assertThat(hosts.asked.subList(hosts.asked.size() - 2, hosts.asked.size()))
                .containsExactly("give back xen1", "close");
        turns();
        hosts.silent.add("xen1");
        assertThat(keep.end()).extracting(Reason::code).containsExactly("lease-left");
    }
}
