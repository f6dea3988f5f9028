package org.vfrt.xen.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.drill.DrillGround;
import org.vfrt.core.drill.DrillGroundContract;
import org.vfrt.core.drill.DrillNetwork;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.sign.Sign;
import org.vfrt.xen.host.HostShells;

/** On this machine, by its own shell. Networks, consoles and xenstore are met on the lab. */
final class HostGroundTest extends DrillGroundContract {

    private static final Guest COPY =
            new Guest("drill-web1", new UUID(1, 2), 7, GuestState.RUNNING, Duration.ofSeconds(1), 1L << 28, 1, false);

    @TempDir
    Path directory;

    private final FakePool pool = new FakePool("xen1");
    private final DrillGround ground =
            new HostGround(host -> HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty())));

    @BeforeEach
    void onlyRoot() {
        assumeTrue(System.getProperty("user.name").equals("root"), "drills need root on the host");
    }

    @Override
    protected DrillGround ground() {
        return ground;
    }

    @Override
    protected Hypervisor host() {
        return pool.on("xen1");
    }

    @Override
    protected String there() {
        return directory.toString();
    }

    private Path program(String permissions, String text) {
        try {
            Path program = Files.writeString(directory.resolve("check"), "#!/bin/sh\n" + text + "\n");
            return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString(permissions));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> obstacles(Path program) {
        return ground
                .obstacles(
                        host(),
                        new DrillOrder(
                                Duration.ofDays(1),
                                new Sign.Script(program.toString()),
                                DrillOrder.WITHIN,
                                DrillNetwork.NONE))
                .stream()
                .map(Reason::code)
                .toList();
    }

    private DrillGround.Watch watch(Path program) {
        return ground.watch(
                host(),
                COPY,
                new Sign.Script(program.toString()),
                new DrillGround.Trial("web1", "20261130T020000Z-00000001", Duration.ofSeconds(30), Optional.empty()));
    }

    /** Looks until it is seen, or will not be any more. */
    static String seen(DrillGround.Watch watch) throws InterruptedException {
        for (int look = 0; look < 300; look++) {
            Optional<String> seen = watch.seen();
            if (seen.isPresent()) {
                return seen.get();
            }
            Thread.sleep(50);
        }
        throw new AssertionError("it is not seen: " + watch.instead());
    }

    @Test
    void aProgramIsTrustedOnlyIfNobodyElseCanWriteToIt() {
        assertThat(obstacles(program("rwxr-xr-x", "true"))).isEmpty();
        assertThat(obstacles(program("rwxrwxr-x", "true"))).containsExactly("script-writable");
        assertThat(obstacles(program("rw-r--r--", "true"))).containsExactly("bad-script");
        assertThat(obstacles(directory.resolve("none"))).containsExactly("bad-script");
        assertThat(obstacles(directory)).containsExactly("bad-script");
    }

    @Test
    void aProgramIsToldOfTheCopyAndPassesWithZero() throws Exception {
        Path program = program("rwx------", "env | grep ^VFRT_DRILL_ >\"$0.told\"");
        try (DrillGround.Watch watch = watch(program)) {
            assertThat(seen(watch)).contains("ended with 0");
        }
        assertThat(Files.readAllLines(directory.resolve("check.told")))
                .contains(
                        "VFRT_DRILL_GUEST=web1",
                        "VFRT_DRILL_CHECKPOINT=20261130T020000Z-00000001",
                        "VFRT_DRILL_COPY=drill-web1",
                        "VFRT_DRILL_COPY_UUID=" + COPY.uuid(),
                        "VFRT_DRILL_DOMAIN=7",
                        "VFRT_DRILL_HOST=xen1",
                        "VFRT_DRILL_HOST_URI=xen+ssh://root@xen1/system",
                        "VFRT_DRILL_CONSOLE=",
                        "VFRT_DRILL_NAMESPACE=",
                        "VFRT_DRILL_WITHIN=30");
    }

    @Test
    void aProgramThatSaysNoIsHeardWithItsLastWords() {
        try (DrillGround.Watch watch = watch(program("rwx------", "echo first; echo 'no database'; exit 3"))) {
            assertThatThrownBy(() -> seen(watch))
                    .isInstanceOf(Failed.class)
                    .hasMessageContaining("ended with 3: no database");
        }
    }

    @Test
    void aProgramThatTalksWithoutEndIsKilled() {
        try (DrillGround.Watch watch = watch(program("rwx------", "yes"))) {
            assertThatThrownBy(() -> seen(watch)).isInstanceOf(Failed.class).hasMessageContaining("1048576 bytes");
        }
    }

    @Test
    void aProgramThatNobodyWaitsForAnyMoreIsKilledWithItsChildren() throws Exception {
        Path program = program("rwx------", "sleep 600 & echo $! >\"$0.child\"; wait");
        try (DrillGround.Watch watch = watch(program)) {
            while (!Files.exists(directory.resolve("check.child"))) {
                assertThat(watch.seen()).isEmpty();
                Thread.sleep(20);
            }
            assertThat(watch.instead()).contains("still ran");
        }
        long child = Long.parseLong(
                Files.readString(directory.resolve("check.child")).strip());
        for (int look = 0; look < 100 && ProcessHandle.of(child).isPresent(); look++) {
            Thread.sleep(20);
        }
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }
}
