package org.vfrt.xen.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.HostUri;

final class LibvirtHypervisorTest {

    private static final UUID WEB1 = UUID.fromString("11111111-1111-1111-1111-111111111111");
    private static final UUID WEB2 = UUID.fromString("22222222-2222-2222-2222-222222222222");
    private static final UUID DB1 = UUID.fromString("33333333-3333-3333-3333-333333333333");

    @Test
    void guestsOfEveryStateAreListed() {
        try (LibvirtHypervisor host = TestDriver.connect(TestDriver.smallHost())) {
            assertThat(host.guests())
                    .extracting(Guest::name, Guest::state, Guest::persistent)
                    .containsExactly(
                            tuple("brief", GuestState.RUNNING, false),
                            tuple("db1", GuestState.PAUSED, true),
                            tuple("web1", GuestState.RUNNING, true),
                            tuple("web2", GuestState.SHUT_OFF, true));
            assertThat(host.facts().cpus()).isEqualTo(8);
            assertThat(host.facts().memoryBytes()).isEqualTo(32L << 30);
            assertThat(host.facts().xen()).isFalse();
        }
    }

    @Test
    void theDefinitionHoldsTheSecrets() {
        try (LibvirtHypervisor host = TestDriver.connect(TestDriver.smallHost())) {
            assertThat(host.definition(WEB1)).contains("sesame");
        }
    }

    @Test
    void aGuestIsPausedAndResumed() {
        try (LibvirtHypervisor host = TestDriver.connect(TestDriver.smallHost())) {
            host.suspend(WEB1);
            assertThat(host.state(WEB1).state()).isEqualTo(GuestState.PAUSED);
            assertThat(host.state(WEB1).reason()).as("paused by a user").isEqualTo(1);
            host.resume(WEB1);
            assertThat(host.lookupByName("web1"))
                    .hasValueSatisfying(guest -> assertThat(guest.state()).isEqualTo(GuestState.RUNNING));
            assertThat(host.lookupByName("nobody")).isEmpty();
            host.resume(DB1);
            assertThat(host.guest(DB1).orElseThrow().state().running()).isTrue();
        }
    }

    @Test
    void cpuTimeMoves() {
        try (LibvirtHypervisor host = TestDriver.connect(TestDriver.smallHost())) {
            Duration first = host.cpuTime(WEB1);
            assertThat(host.cpuTime(WEB1)).isGreaterThan(first);
        }
    }

    @Test
    void aGuestIsSavedAndRestored(@TempDir Path directory) {
        String file = directory.resolve("web1.save").toString();
        try (LibvirtHypervisor host = TestDriver.connect(TestDriver.smallHost())) {
            host.save(WEB1, file);
            assertThat(host.guest(WEB1).orElseThrow().state()).isEqualTo(GuestState.SHUT_OFF);
            host.restore(file, false);
            assertThat(host.guest(WEB1).orElseThrow().state()).isEqualTo(GuestState.RUNNING);
        }
    }

    @Test
    void whatTheDriverCannotDoIsSaid(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("web2.save");
        try (LibvirtHypervisor host = TestDriver.connect(TestDriver.smallHost())) {
            assertThatThrownBy(() ->
                            host.migrateToUri(WEB1, "test:///default", Map.of("migrate_uri", "tcp://127.0.0.1:1"), 2))
                    .isInstanceOf(Failed.class)
                    .hasMessageStartingWith("migrating the guest to 'test:///default' failed on host 'small'");
            assertThatThrownBy(() -> host.migrateTo(WEB2, "web1", host, Map.of("destination_name", "x"), 1))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("is not the one with UUID");
            assertThatThrownBy(() -> host.migrateTo(WEB1, "web1", host, Map.of("destination_name", "x"), 1))
                    .isInstanceOf(Failed.class);
            assertThatThrownBy(() -> host.save(WEB2, file.toString())).isInstanceOf(Failed.class);
            assertThat(Files.exists(file)).isFalse();
            Files.writeString(file, "TestGuestMagic");
            assertThatThrownBy(() -> host.restore(file.toString(), false)).isInstanceOf(Failed.class);
            assertThat(host.alive()).isTrue();
        }
    }

    @Test
    void aTransportInClearIsRefusedUnlessAllowed() {
        var host = TestDriver.host("clear", "xen+tcp://127.0.0.1:9/system");

        assertThatThrownBy(() -> TestDriver.connect(host))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo("plain-transport"));
        assertThatThrownBy(() -> new LibvirtHypervisors(true, TestDriver.DEADLINE).connect(host))
                .isInstanceOf(Temporary.class)
                .hasMessageContaining("Connection refused");
    }

    @Test
    void sshWithoutACheckOfTheHostsKeyIsRefused() {
        assertThatThrownBy(() -> TestDriver.connect(TestDriver.host("x", "xen+ssh://root@x/system?no_verify=1")))
                .isInstanceOf(Refused.class);
    }

    @Test
    void sshIsNeverAllowedToAsk() {
        assertThat(LibvirtHypervisors.uriFor(HostUri.parse("xen+ssh://root@x/system"), Optional.empty()))
                .isEqualTo("xen+ssh://root@x/system?no_tty=1");
        assertThat(LibvirtHypervisors.uriFor(HostUri.parse("xen+ssh://x/system?keyfile=/k"), Optional.empty()))
                .isEqualTo("xen+ssh://x/system?keyfile=/k&no_tty=1");
        assertThat(LibvirtHypervisors.uriFor(HostUri.parse("test:///default"), Optional.empty()))
                .isEqualTo("test:///default");
        assertThat(LibvirtHypervisors.uriFor(
                        HostUri.parse("xen+ssh://x/system?command=/my/ssh&no_tty=1"),
                        Optional.of(Path.of("/tmp/a&b/ssh"))))
                .isEqualTo("xen+ssh://x/system?command=/my/ssh&no_tty=1&command=/tmp/a%26b/ssh");
    }

    @Test
    void everyWayAHostCannotBeReachedHasItsCode(@TempDir Path directory) throws IOException {
        assertThat(codeOf("test+unix:///default?socket=" + directory.resolve("none")))
                .isEqualTo("libvirt-not-running");
        assertThat(codeOf("xen+ssh://root@127.0.0.1:2/system?command="
                        + saying(directory, 1, "ssh: connect to host x port 2:" + " Connection refused")))
                .isEqualTo("host-unreachable");
        assertThat(codeOf("xen+ssh://root@x/system?command=" + saying(directory, 2, "Host key verification failed.")))
                .isEqualTo("host-key");
        assertThat(codeOf("xen+ssh://root@x/system?command="
                        + saying(directory, 3, "root@x: Permission denied (publickey,password).")))
                .isEqualTo("auth-failed");
        assertThat(codeOf("xen+ssh://root@x/system?command="
                        + saying(directory, 4, "ssh: Could not resolve hostname x: Name or service not known")))
                .isEqualTo("unknown-host");
    }

    @Test
    void aHostThatNeverAnswersDoesNotHoldTheCaller(@TempDir Path directory) throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var host = TestDriver.host("mute", "xen+tcp://127.0.0.1:" + mute.getLocalPort() + "/system");
            long begun = System.nanoTime();

            assertThatThrownBy(() -> new LibvirtHypervisors(true, Duration.ofMillis(300)).connect(host))
                    .isInstanceOfSatisfying(
                            Temporary.class,
                            failure -> assertThat(failure.code()).isEqualTo("host-timeout"));
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun))
                    .isLessThan(10);
        }
    }

    private static String codeOf(String uri) {
        try (LibvirtHypervisor host = TestDriver.connect(TestDriver.host("x", uri))) {
            return "connected to " + host.host().name();
        } catch (Failure e) {
            return e.code();
        }
    }

    /**
     * An ssh that fails with the words of the real one, once libvirt has begun to speak: it passes on what ssh said when it cannot read, and
     * not when it cannot write, and the real one never fails that fast.
     */
    private static Path saying(Path directory, int number, String words) throws IOException {
        Path program = directory.resolve("ssh" + number);
        Files.writeString(
                program,
                "#!/bin/sh\nhead -c 1 >/dev/null\necho '" + words + "' >&2\nexit 255\n",
                StandardCharsets.UTF_8);
        if (!program.toFile().setExecutable(true)) {
            throw new IOException("cannot make '" + program + "' executable");
        }
        return program;
    }
}
