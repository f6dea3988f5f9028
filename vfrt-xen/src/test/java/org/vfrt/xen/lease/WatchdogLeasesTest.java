package org.vfrt.xen.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.claim.DirectoryRegister;
import org.vfrt.core.claim.Register;
import org.vfrt.core.evidence.Leases;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.xen.host.CountedShell;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.HostShells;

/** The real programs, on this machine, with a file for the watchdog: each renewal is a dot in it. Xen's own is met in {@code scripts/lab-tests/self-fence.sh}. */
final class WatchdogLeasesTest {

    private static final Duration WATCHDOG = Duration.ofSeconds(12);
    private static final String BOOT = "8e8dab7f-3860-481d-8461-c0a967d2527a";

    @TempDir
    private Path root;

    private final HostShell shell = HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty()))
            .orElseThrow();

    private WatchdogLeases leases;
    private Register register;

    @BeforeEach
    void boots() throws IOException {
        Files.createDirectories(root.resolve("proc/sys/kernel/random"));
        Files.writeString(root.resolve("proc/sys/kernel/random/boot_id"), BOOT + "\n");
        Files.createDirectories(root.resolve("dev"));
        Files.writeString(root.resolve("dev/watchdog"), "");
        register = new DirectoryRegister(root.resolve("register"));
        leases = new WatchdogLeases(register, host -> Optional.of(shell), root.toString());
    }

    /** Ends the program that renews the watchdog, as a boot does. */
    @AfterEach
    void ends() throws Exception {
        new ProcessBuilder("pkill", "-KILL", "-f", root.resolve("dev/watchdog").toString())
                .start()
                .waitFor();
    }

    private String watchdog() throws IOException {
        return Files.readString(root.resolve("dev/watchdog"));
    }

    private void eventually(ThrowingCallable assertion) throws Exception {
        AssertionError last = new AssertionError("never looked");
        for (int look = 0; look < 150; look++) {
            try {
                assertion.call();
                return;
            } catch (AssertionError e) {
                last = e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            Thread.sleep(100);
        }
        throw last;
    }

    private static void refused(String code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void renewingArmsTheWatchdogAndTellsEverybody() throws Exception {
        assertThat(leases.read("xen1")).isEmpty();
        assertThat(leases.renew("xen1", WATCHDOG)).isTrue();
        assertThat(leases.renew("xen1", WATCHDOG)).isTrue();
        assertThat(leases.read("xen1")).contains(new Leases.Lease(BOOT, 2, WATCHDOG));
        eventually(() -> assertThat(watchdog()).startsWith(".."));
    }

    @Test
    void aLeaseThatIsNotRenewedEndsTheWatchdogForGood() throws Exception {
        leases.renew("xen1", WATCHDOG);
        for (int second = 0; second < 6; second++) {
            Thread.sleep(1000);
            leases.renew("xen1", WATCHDOG);
        }
        // Longer than a lease, which is half of the watchdog's time and two seconds less.
        assertThat(root.resolve("run/vfrt/lease/over")).doesNotExist();
        eventually(() -> assertThat(root.resolve("run/vfrt/lease/over")).exists());
        String last = watchdog();
        refused("lease-over", () -> leases.renew("xen1", WATCHDOG));
        refused("lease-over", () -> leases.giveBack("xen1"));
        Thread.sleep(2500);
        assertThat(watchdog()).isEqualTo(last).doesNotContain("V");
    }

    @Test
    void theHostIsNotRenewedBeforeTheRegisterKnows() {
        leases.renew("xen1", WATCHDOG);
        Register deaf = new Watched() {
            @Override
            public Optional<Long> write(String key, long seen, String value) {
                throw new Temporary("register-silent", "the register does not answer", "");
            }
        };
        String before = deadline();
        assertThatThrownBy(() -> with(deaf).renew("xen1", WATCHDOG)).isInstanceOf(Temporary.class);
        assertThat(deadline()).isEqualTo(before);
    }

    private WatchdogLeases with(Register other) {
        return new WatchdogLeases(other, host -> Optional.of(shell), root.toString());
    }

    /** The register, for those who want to be there when something is written. */
    private class Watched implements Register {

        @Override
        public Optional<Entry> read(String key) {
            return register.read(key);
        }

        @Override
        public List<Entry> list(String prefix) {
            return register.list(prefix);
        }

        @Override
        public Optional<Long> write(String key, long seen, String value) {
            return register.write(key, seen, value);
        }

        @Override
        public boolean remove(String key, long seen) {
            return register.remove(key, seen);
        }

        @Override
        public Attempt attemptLead(String leader) {
            return register.attemptLead(leader);
        }
    }

    /** Until the first renewal nobody knows whether its watchdog is on. */
    @Test
    void nobodyCountsOnAHostThatMayNotBeArmed() throws IOException {
        Files.delete(root.resolve("dev/watchdog"));
        refused("no-watchdog", () -> leases.renew("xen1", WATCHDOG));
        assertThat(register.read("lease/xen1")).isPresent();
        assertThat(leases.read("xen1")).isEmpty();
    }

    @Test
    void whoArmsAgainIsNotDisarmedByOneWhoGivesBackWhatWasBefore() throws Exception {
        leases.renew("xen1", WATCHDOG);
        Register interrupted = new Watched() {
            @Override
            public boolean remove(String key, long seen) {
                boolean removed = super.remove(key, seen);
                leases.renew("xen1", WATCHDOG);
                return removed;
            }
        };
        refused("other-arming", () -> with(interrupted).giveBack("xen1"));
        assertThat(leases.read("xen1")).contains(new Leases.Lease(BOOT, 1, WATCHDOG));
        assertThat(leases.renew("xen1", WATCHDOG)).isTrue();
        assertThat(watchdog()).doesNotContain("V");
    }

    @Test
    void aControllerWithAnotherRegisterDisarmsNothing() throws Exception {
        leases.renew("xen1", WATCHDOG);
        WatchdogLeases other = with(new DirectoryRegister(root.resolve("another")));
        refused("other-register", () -> other.giveBack("xen1"));
        refused("other-register", () -> other.renew("xen1", WATCHDOG));
        assertThat(watchdog()).doesNotContain("V");
        assertThat(leases.renew("xen1", WATCHDOG)).isTrue();
        assertThat(leases.read("xen1")).contains(new Leases.Lease(BOOT, 2, WATCHDOG));
    }

    /** Written by a vfrt that gave armings no names. */
    @Test
    void aLeaseOfAnEarlierVfrtGoesOn() throws Exception {
        leases.renew("xen1", WATCHDOG);
        Files.delete(root.resolve("run/vfrt/lease/arming"));
        Register.Entry entry = register.read("lease/xen1").orElseThrow();
        register.write("lease/xen1", entry.revision(), entry.value().replaceFirst("\"arming\"[^,]*,", ""));
        assertThat(leases.renew("xen1", WATCHDOG)).isTrue();
        assertThat(leases.read("xen1")).contains(new Leases.Lease(BOOT, 2, WATCHDOG));
        leases.giveBack("xen1");
        assertThat(watchdog()).endsWith("V");
    }

    @Test
    void whatWasToldToEndIsNotArmedAgainBeforeItHas() throws Exception {
        leases.renew("xen1", WATCHDOG);
        // A keeper that is stopped hears of it late.
        signal("STOP");
        Thread late = new Thread(() -> {
            try {
                Thread.sleep(1500);
                signal("CONT");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        Files.writeString(root.resolve("run/vfrt/lease/back"), "");
        register.remove("lease/xen1", register.read("lease/xen1").orElseThrow().revision());
        late.start();
        assertThat(leases.renew("xen1", WATCHDOG)).isTrue();
        late.join();
        int ended = watchdog().indexOf('V');
        assertThat(ended).isPositive();
        eventually(() -> assertThat(watchdog().length()).isGreaterThan(ended + 2));
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder(
                        "pkill", "-" + name, "-f", root.resolve("dev/watchdog").toString())
                .start()
                .waitFor();
    }

    @Test
    void aLeaseThatWasGivenBackMeanwhileIsNotRenewedInTheRegister() {
        leases.renew("xen1", WATCHDOG);
        WatchdogLeases overtaken = with(new Watched() {
            @Override
            public Optional<Long> write(String key, long seen, String value) {
                leases.giveBack("xen1");
                return super.write(key, seen, value);
            }
        });
        assertThat(overtaken.renew("xen1", WATCHDOG)).isFalse();
        assertThat(leases.read("xen1")).isEmpty();
    }

    @Test
    void oneShellServesAllRenewalsAndIsClosedInTheEnd() {
        AtomicInteger opened = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        WatchdogLeases counted = new WatchdogLeases(
                register,
                host -> {
                    opened.incrementAndGet();
                    return Optional.of(CountedShell.of(shell, closed));
                },
                root.toString());
        for (int renewal = 0; renewal < 3; renewal++) {
            assertThat(counted.renew("xen1", WATCHDOG)).isTrue();
        }
        assertThat(opened).hasValue(1);
        counted.close();
        assertThat(closed).hasValue(1);
    }

    private String deadline() {
        try {
            return Files.readString(root.resolve("run/vfrt/lease/deadline"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsGivenBackIsForgottenAndTheWatchdogIsOff() throws Exception {
        leases.renew("xen1", WATCHDOG);
        leases.giveBack("xen1");
        assertThat(leases.read("xen1")).isEmpty();
        assertThat(watchdog()).endsWith("V");
        leases.giveBack("xen1");
        assertThat(leases.renew("xen1", WATCHDOG)).as("armed again").isTrue();
    }

    @Test
    void aHostHasOneWatchdogTime() {
        leases.renew("xen1", WATCHDOG);
        refused("other-watchdog", () -> leases.renew("xen1", WATCHDOG.multipliedBy(2)));
        refused(
                "short-watchdog",
                () -> new WatchdogLeases(register, host -> Optional.of(shell), freshRoot())
                        .renew("xen2", Duration.ofSeconds(5)));
    }

    private String freshRoot() {
        try {
            Path other = root.resolve("other");
            Files.createDirectories(other.resolve("proc/sys/kernel/random"));
            Files.writeString(other.resolve("proc/sys/kernel/random/boot_id"), BOOT + "\n");
            return other.toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
