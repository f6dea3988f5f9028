package org.vfrt.xen.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;

/** Through a real libvirtd: what lasts between connections, and what happens when it dies. */
final class TestWorldTest {

    @TempDir
    static Path directory;

    private static TestWorld world;

    @BeforeAll
    static void startTheWorld() throws IOException {
        world = TestWorld.start(directory);
    }

    @AfterAll
    static void stopTheWorld() throws IOException {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void whatOneConnectionDoesTheNextOneAndOtherProcessesSee() throws IOException {
        Guest guest;
        try (LibvirtHypervisor first = TestDriver.connect(world.host())) {
            guest = first.lookupByName("test").orElseThrow();
            first.suspend(guest.uuid());
        }
        assertThat(TestWorld.command(List.of("virsh", "-q", "-c", world.uri(), "domstate", "test")))
                .startsWith("paused");
        try (LibvirtHypervisor second = TestDriver.connect(world.host())) {
            assertThat(second.guest(guest.uuid()).orElseThrow().state()).isEqualTo(GuestState.PAUSED);
            second.resume(guest.uuid());
        }
    }

    @Test
    void twoNamesOfOneSocketAreOneMachine(@TempDir Path other) throws IOException {
        Path link = Files.createSymbolicLink(other.resolve("sock"), directory.resolve("libvirt-sock"));
        Host again = new Host(
                "again", HostUri.parse("test+unix:///default?socket=" + link), Optional.empty(), Optional.empty());
        try (LibvirtHypervisor one = TestDriver.connect(world.host());
                LibvirtHypervisor two = TestDriver.connect(again)) {
            assertThat(one.equipment(Set.of()).machine())
                    .isPresent()
                    .isEqualTo(two.equipment(Set.of()).machine());
        }
    }

    @Test
    void aHostThatDiesDuringACallEndsItAsATemporaryFailure(@TempDir Path other) throws Exception {
        try (TestWorld dying = TestWorld.start(other)) {
            LibvirtHypervisors kept = new LibvirtHypervisors(false, TestDriver.DEADLINE).keepAlive(1, 2);
            try (LibvirtHypervisor host = kept.connect(dying.host())) {
                assertThat(host.guests()).isNotEmpty();
                // Healthy connections outlive many intervals: the event loop answers.
                TimeUnit.SECONDS.sleep(5);
                assertThat(host.guests()).isNotEmpty();

                dying.signal("STOP");
                long begun = System.nanoTime();
                assertThatThrownBy(host::guests)
                        .isInstanceOfSatisfying(
                                Temporary.class, e -> assertThat(e.code()).isEqualTo("host-lost"));
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
                assertThat(host.alive()).isFalse();

                dying.signal("CONT");
                assertThatThrownBy(host::facts).isInstanceOf(Temporary.class);
                try (LibvirtHypervisor again = kept.connect(dying.host())) {
                    assertThat(again.guests()).isNotEmpty();
                }
            } finally {
                dying.signal("CONT");
            }
        }
    }
}
