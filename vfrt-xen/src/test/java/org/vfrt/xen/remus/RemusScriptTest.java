package org.vfrt.xen.remus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.PlayedHost;

/**
 * What vfrt runs on the guest's host, where systemd and xl are played by bash functions: xl sends a stream and then a byte at a time, for as long as its receiver takes
 * it. The relay is the real one. The real tools are met in {@code scripts/lab-tests/hot-standby.sh}.
 */
@Timeout(120)
final class RemusScriptTest {

    private static final String UUID = "5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10";
    private static final String SCRIPT =
            HostScript.beside(RemusStream.class, "remus.sh").text();
    private static final String RELAY =
            HostScript.beside(RemusStream.class, "relay.py").text();
    private static final String GUARD = "echo \"guarded $*\"";

    private static final Map<String, String> TOOLS =
            Map.of("xl", """
            () { case $1 in
                help) [ -e "$WORLD/old" ] || echo ' remus  Enable Remus HA for domain' ;;
                remus)
                    echo "$*" >>"$WORLD/log"
                    { cat "$WORLD/stream"; while printf x; do sleep 0.1; done; } 2>/dev/null | sh -c "${@: -1}" >"$WORLD/banner"
                    echo 'xc: progress: Checkpointed save: 1/1' >&2
                    echo 'libxl: error: domain 7 save/restore helper died' >&2
                    return 1 ;;
            esac; }""", "systemd-run", """
            () { local word post
                for word; do case $word in --property=ExecStopPost=*) post=${word#*=ExecStopPost=} ;; esac; done
                while [ "$1" != -- ]; do shift; done
                shift
                : >"$WORLD/unit"
                ( "$@"; $post; rm -f "$WORLD/unit" ) </dev/null >/dev/null 2>&1 & }""", "systemctl", "() { [ ! -e \"$WORLD/unit\" ] || echo active; }");

    @TempDir
    private Path world;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void nothingGoesOn() throws InterruptedException {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    private Process start(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("-c", SCRIPT, "bash"));
        all.addAll(List.of(words));
        ProcessBuilder bash = PlayedHost.bash(world, TOOLS, all.toArray(String[]::new));
        bash.environment().put("VFRT_HOT_DIRECTORY", world.resolve("hot.").toString());
        Process process = bash.start();
        processes.add(process);
        return process;
    }

    private Process carry(String stall, String limit) throws IOException {
        return start("carry", "7", UUID, "1000", stall, limit, RELAY, GUARD);
    }

    private String run(String... words) throws IOException, InterruptedException {
        Process process = start(words);
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private byte[] stream(int length) throws IOException {
        byte[] bytes = new byte[length];
        new SplittableRandom(1).nextBytes(bytes);
        Files.write(world.resolve("stream"), bytes);
        return bytes;
    }

    private Path hot() {
        return world.resolve("hot." + UUID);
    }

    private static void eventually(BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.sleep(50);
        }
    }

    @Test
    void whatXlSendsComesOutAndWhenItIsStoppedTheGuestIsLookedAfter() throws Exception {
        byte[] sent = stream(3_000_000);
        Process carrying = carry("10", "64");
        InputStream arriving = carrying.getInputStream();

        assertThat(arriving.readNBytes(sent.length)).isEqualTo(sent);
        assertThat(arriving.readNBytes(3)).asString(StandardCharsets.UTF_8).isEqualTo("xxx");
        assertThat(Files.readString(world.resolve("banner")))
                .isEqualTo("xl migration receiver ready, send binary domain data.\n");
        assertThat(Files.readString(world.resolve("log"))).startsWith("remus -F -n -d -u -i 1000 -s  7 exec python3 ");
        assertThat(run("check", UUID, "another-boot")).isEqualTo("going-on\n");
        assertThat(run("stop", UUID))
                .isEqualTo("guarded cure 7 " + UUID + "\nxl said: libxl: error: domain 7 save/restore helper died\n");
        arriving.readAllBytes();
        assertThat(carrying.waitFor()).isZero();
        assertThat(hot()).doesNotExist();
        assertThat(run("check", UUID, "another-boot")).isEmpty();
        assertThat(run("stop", UUID)).isEmpty();
    }

    @Test
    void whenVfrtIsGoneTheHostEndsItAndLooksAfterTheGuestByItself() throws Exception {
        byte[] sent = stream(100_000);
        Process carrying = carry("10", "64");
        assertThat(carrying.getInputStream().readNBytes(sent.length)).isEqualTo(sent);

        carrying.getOutputStream().close();

        assertThat(carrying.waitFor(30, TimeUnit.SECONDS)).isTrue();
        eventually(() -> !Files.exists(world.resolve("unit")));
        assertThat(hot().resolve("said")).hasContent("guarded cure 7 " + UUID);
        assertThat(run("stop", UUID)).startsWith("guarded cure 7 " + UUID);
    }

    @Test
    void aStandbyThatTakesNothingHoldsTheGuestUpForAMomentOnly() throws Exception {
        stream(20_000_000);
        // nobody reads what it carries
        Process carrying = carry("1", "2");

        eventually(() -> Files.exists(hot().resolve("said")));

        assertThat(carrying.isAlive()).isTrue();
        assertThat(Files.readString(hot().resolve("xl.log"))).contains("nothing was taken for 1 seconds");
    }

    @Test
    void whatTheNetworkIsTooSlowForIsHeldOnTheHost() throws Exception {
        byte[] sent = stream(20_000_000);
        Process carrying = carry("1", "64");
        InputStream arriving = carrying.getInputStream();
        arriving.readNBytes(1000);

        // Longer than the guest may be held up; but it is not, as all fits.
        Thread.sleep(3000);

        assertThat(hot().resolve("said")).doesNotExist();
        assertThat(arriving.readNBytes(sent.length - 1000)).isEqualTo(Arrays.copyOfRange(sent, 1000, sent.length));
    }

    @Test
    void aSecondOneForTheSameGuestIsRefused() throws Exception {
        byte[] sent = stream(1000);
        assertThat(carry("10", "64").getInputStream().readNBytes(sent.length)).isEqualTo(sent);

        Process second = carry("10", "64");

        assertThat(second.waitFor()).isEqualTo(1);
        assertThat(run("check", UUID, "another-boot")).isEqualTo("going-on\n");
    }

    @Test
    void anXlThatSendsNothingIsNotWaitedForForEver() throws Exception {
        stream(0);
        Map<String, String> tools = new HashMap<>(TOOLS);
        tools.put("xl", "() { echo 'Error: no such domain' >&2; return 1; }");
        ProcessBuilder bash = PlayedHost.bash(
                world, tools, "-c", SCRIPT, "bash", "carry", "7", UUID, "1000", "10", "64", RELAY, GUARD);
        bash.environment().put("VFRT_HOT_DIRECTORY", world.resolve("hot.").toString());
        Process carrying = bash.start();
        processes.add(carrying);

        assertThat(carrying.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(carrying.exitValue()).isEqualTo(1);
        eventually(() -> !Files.exists(world.resolve("unit")));
        assertThat(run("stop", UUID)).contains("xl said: Error: no such domain");
    }

    @Test
    void whatIsMissingOnAHostIsSaid() throws Exception {
        Files.createFile(world.resolve("old"));
        assertThat(run("check", UUID, "another-boot")).isEqualTo("no-remus\n");
    }

    @Test
    void aHostThatIsTheMachineThatAsksSaysSo() throws Exception {
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        assertThat(run("check", UUID, boot)).isEqualTo("same-machine\n");
    }

    @Test
    void whatTheGuestHadInMemoryIsForNobodyElse() throws Exception {
        byte[] sent = stream(1000);
        try (OutputStream words = carry("10", "64").getOutputStream()) {
            eventually(() -> Files.exists(world.resolve("banner")) && Files.exists(hot().resolve("relay.pid")));
            assertThat(permissions(hot())).isEqualTo("rwx------");
            assertThat(permissions(hot().resolve("stream"))).isEqualTo("rw-------");
            assertThat(sent).isNotEmpty();
            words.flush();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
