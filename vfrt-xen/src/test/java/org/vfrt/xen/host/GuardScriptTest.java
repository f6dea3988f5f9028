package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guard's program on a host whose tools are played by bash functions: what {@code xl list} shows comes line by line from a file,
 * of which the last stays. The real tools are met in {@code scripts/lab-tests}.
 */
final class GuardScriptTest {

    private static final String UUID = "5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10";

    private static final Map<String, String> TOOLS = Map.of(
            "xl",
            """
            () { case $1 in
                help) echo ' resume  Resume a guest from suspended state' ;;
                resume) echo "xl resume" >>"$WORLD/log"; [ -e "$WORLD/stuck" ] || echo r----- >"$WORLD/states" ;;
                destroy) echo "xl destroy" >>"$WORLD/log"; vanish ;;
                list)
                    local state; read -r state <"$WORLD/states"
                    [ "$(wc -l <"$WORLD/states")" = 1 ] || sed -i 1d "$WORLD/states"
                    [ "$state" != silent ] || return 1
                    printf 'Name ID Mem VCPUs State Time(s)\\nweb1 7 128 1 %s 1.0\\n' "$state" ;;
            esac; }""",
            "virsh",
            """
            () { echo "virsh $*" >>"$WORLD/log"; case "$*" in
                *domjobinfo*) [ -e "$WORLD/job" ] && echo 'Job type:         Unbounded' || echo 'Job type:         None' ;;
                *destroy*) [ ! -e "$WORLD/job" ] && [ ! -e "$WORLD/deaf" ] && vanish ;;
                *dompmsuspend*) ;;
                *dompmwakeup*) [ ! -e "$WORLD/deaf" ] && echo r----- >"$WORLD/states" ;;
            esac; }""",
            "xenstore-read",
            """
            () { case $1 in
                */domain/0/name) [ -e "$WORLD/vm" ] && echo Domain-0 ;;
                */vm) cat "$WORLD/vm" ;;
                */shutdown) local asked; read -r asked <"$WORLD/asked" && sed -i 1d "$WORLD/asked" && echo "$asked" ;;
            esac; }""",
            "timeout",
            "() { shift; \"$@\"; }",
            "systemctl",
            // A libvirtd that begins anew has no job.
            "() { echo \"systemctl $*\" >>\"$WORLD/log\"; [ \"$1\" != restart ] || rm -f \"$WORLD/job\"; }",
            "ss",
            "() { [ ! -e \"$WORLD/connected\" ] || echo \"$*\"; }",
            "vanish",
            "() { echo /vm/nobody >\"$WORLD/vm\"; echo silent >\"$WORLD/states\"; }");

    @TempDir
    private Path world;

    @BeforeEach
    void aGuestThatRuns() throws IOException {
        states("-b----");
        Files.writeString(world.resolve("vm"), "/vm/" + UUID + "\n");
        Files.writeString(world.resolve("asked"), "");
        Files.writeString(world.resolve("log"), "");
        try (InputStream script = Objects.requireNonNull(GuestGuard.class.getResourceAsStream("guard.sh"))) {
            Files.copy(script, world.resolve("guard.sh"));
        }
    }

    @Test
    void aGuestThatRunsIsLeftAlone() throws IOException {
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("ran");
            assertThat(log()).doesNotContain("xl resume");
        }
    }

    @Test
    void aSuspendedGuestIsResumed() throws IOException {
        states("---ss-");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("resumed");
            assertThat(log()).contains("xl resume");
        }
    }

    @Test
    void aGuestThatSomebodyPausedIsNotSaidToRunAndStaysPaused() throws Exception {
        states("--p---");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("paused");
        }
        assertThat(run("cure", "")).startsWith("the guest is paused");
        assertThat(log()).doesNotContain("xl resume", "dompm", "restart libvirtd");
    }

    @Test
    void aGuestOfWhichXenSaysNothingAtFirstIsNotTakenForOneThatRuns() throws IOException {
        states("silent", "silent", "---ss-");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("resumed");
        }
    }

    @Test
    void aGuardThatTakesItsTimeSaysThatItIsAtWork() throws IOException {
        states("silent", "silent", "silent", "silent", "-b----");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("ran");
            assertThat(guard.heard).startsWith("working").endsWith("ran");
        }
    }

    @Test
    void aSuspendThatStillComesIsWaitedFor() throws IOException {
        states("-b----", "-b----", "---ss-");
        Files.writeString(world.resolve("asked"), "suspend\nsuspend\n");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("resumed");
        }
    }

    @Test
    void aGuestThatStaysSuspendedIsNotSaidToRun() throws IOException {
        states("---ss-");
        Files.writeString(world.resolve("stuck"), "");
        Files.writeString(world.resolve("deaf"), "");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("failed");
            assertThat(log()).contains("systemctl restart libvirtd");
        }
    }

    @Test
    void aGuestThatShutDownIsNotResumed() throws IOException {
        states("---s--");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("gone");
            assertThat(log()).doesNotContain("xl resume");
        }
    }

    @Test
    void anotherGuestUnderTheSameNumberIsNotTouched() throws IOException {
        states("silent");
        Files.writeString(world.resolve("vm"), "/vm/another\n");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("gone");
        }
    }

    @Test
    void aWatchThatWasSetUpCountsOnlyIfTheGuestRunsAfterwards() throws Exception {
        states("-b----", "---ss-");
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("ran");
            assertThat(guard.ask("rearmed")).isEqualTo("failed");
            guard.leaveAlone();
            assertThat(log()).contains("virsh -c xen:///system dompmwakeup " + UUID);
        }
    }

    @Test
    void aGuardLeftAloneWakesTheGuestUpAndSetsItsWatchUp() throws Exception {
        states("---ss-");
        try (Watching guard = watch()) {
            guard.leaveAlone();
            assertThat(log())
                    .contains("virsh -c xen:///system dompmsuspend " + UUID
                            + " mem\nvirsh -c xen:///system dompmwakeup " + UUID);
            assertThat(world.resolve("rearmed")).exists();
        }
    }

    @Test
    void aGuardThatHearsNothingAndActsAloneDoesNotKeepTheNextCommandOut() throws Exception {
        states("---ss-");
        try (Watching guard = watch("1")) {
            Path acted = world.resolve("rearmed");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!Files.exists(acted) && System.nanoTime() < deadline) {
                Thread.sleep(100);
            }
            assertThat(acted).exists();
            Process lock = new ProcessBuilder(
                            "flock", "-w", "10", world.resolve("guard.lock").toString(), "true")
                    .start();
            assertThat(lock.waitFor()).isZero();
            assertThat(guard.process.isAlive()).isTrue();
        }
    }

    @Test
    void aGuardThatIsSentAwayTouchesNothing() throws Exception {
        try (Watching guard = watch()) {
            assertThat(guard.ask("resume")).isEqualTo("ran");
            assertThat(guard.ask("rearmed")).isEqualTo("runs");
            guard.sendAway();
            assertThat(log()).isEmpty();
        }
    }

    @Test
    void aGuardThatStoodDownDoesNothingMoreAlthoughTheGuestIsSuspended() throws Exception {
        states("---ss-");
        try (Watching guard = watch()) {
            assertThat(guard.ask("stand-down")).isEqualTo("standing-down");
            guard.leaveAlone();
            assertThat(log()).isEmpty();
            assertThat(Files.readString(world.resolve("states"))).isEqualTo("---ss-\n");
        }
    }

    @Test
    void aJobThatSendsNothingAnyMoreIsEndedAndTheGuestResumed() throws Exception {
        states("---ss-");
        write("job");
        assertThat(run("cure", "40001"))
                .contains("libvirt's job on the guest, which nobody would have ended, was ended")
                .contains("the guest was left suspended, and was resumed");
        assertThat(log())
                .containsSubsequence("systemctl restart libvirtd", "virsh -c xen:///system dompmwakeup " + UUID);
    }

    @Test
    void aGuardOfAMigrationThatIsLeftAloneEndsTheJobToo() throws Exception {
        states("---ss-");
        write("job");
        try (Watching guard = watch("30", "40001")) {
            guard.leaveAlone();
            assertThat(log()).contains("systemctl restart libvirtd");
            assertThat(Files.readString(world.resolve("states"))).isEqualTo("r-----\n");
        }
    }

    @Test
    void aJobIsNotEndedWhileDataFlows() throws Exception {
        states("---ss-");
        write("job");
        write("connected");
        try (Watching guard = watch("30", "40001")) {
            guard.commands.close();
            assertThat(guard.process.waitFor(6, TimeUnit.SECONDS)).isFalse();
            assertThat(log()).doesNotContain("systemctl restart", "xl resume", "dompmwakeup");
            Files.delete(world.resolve("connected"));
            assertThat(guard.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(log()).contains("systemctl restart libvirtd");
        }
    }

    @Test
    void aJobOfACaptureIsNeverEndedHoweverSilentItIs() throws Exception {
        write("job");
        try (Watching guard = watch()) {
            guard.commands.close();
            assertThat(guard.process.waitFor(6, TimeUnit.SECONDS)).isFalse();
            assertThat(log()).doesNotContain("systemctl restart");
        }
    }

    @Test
    void theOldDomainIsTakenAwayWhereItStandsSuspended() throws Exception {
        states("---ss-");
        assertThat(run("remove", "40001")).isEqualTo("its old domain, which stood suspended, was taken away\n");
        assertThat(log()).contains("virsh -c xen:///system destroy " + UUID).doesNotContain("resume", "dompmwakeup");
    }

    @Test
    void theOldDomainIsTakenAwayPastALibvirtThatDoesNotDoIt() throws Exception {
        states("---ss-");
        write("deaf");
        assertThat(run("remove", "40001")).isEqualTo("its old domain, which stood suspended, was taken away\n");
        assertThat(log()).contains("xl destroy");
    }

    @Test
    void aDomainThatRunsIsNeverTakenAway() throws Exception {
        assertThat(run("remove", "40001", 1)).isEqualTo("FAILED the guest runs here too\n");
        assertThat(log()).doesNotContain("destroy");
    }

    @Test
    void aDomainThatRunsOnceItsJobHasEndedIsNotTakenAwayEither() throws Exception {
        states("---ss-", "r-----");
        write("job");
        assertThat(run("remove", "40001", 1)).contains("FAILED the guest runs here too");
        assertThat(log()).doesNotContain("destroy");
    }

    @Test
    void aDomainOfWhichXenSaysNothingIsNotTakenAway() throws Exception {
        states("silent");
        assertThat(run("remove", "40001", 1)).startsWith("FAILED");
        assertThat(log()).doesNotContain("destroy");
    }

    @Test
    void anOrphanedJobIsEndedBeforeTheOldDomainIsTakenAway() throws Exception {
        states("---ss-");
        write("job");
        assertThat(run("remove", "40001")).contains("was ended by a restart of libvirtd", "was taken away");
        assertThat(log()).containsSubsequence("systemctl restart libvirtd", "virsh -c xen:///system destroy " + UUID);
    }

    @Test
    void whatIsGoneIsSaidToBeGone() throws Exception {
        states("silent");
        Files.writeString(world.resolve("vm"), "/vm/another\n");
        assertThat(run("remove", "40001")).isEqualTo("its old domain is gone\n");
        assertThat(log()).doesNotContain("destroy");
    }

    @Test
    void anotherGuestUnderTheNumberOfTheOldDomainIsNeitherTakenAwayNorWokenUp() throws Exception {
        states("---ss-");
        Files.writeString(world.resolve("vm"), "/vm/another\n");
        assertThat(run("remove", "40001")).isEqualTo("its old domain is gone\n");
        assertThat(run("cure", "40001")).isEqualTo("the guest is not active any more\n");
        assertThat(log()).doesNotContain("destroy", "resume", "dompm");
    }

    private void write(String mark) throws IOException {
        Files.writeString(world.resolve(mark), "");
    }

    private String run(String verb, String port) throws Exception {
        return run(verb, port, 0);
    }

    private String run(String verb, String port, int exitCode) throws Exception {
        ProcessBuilder bash =
                PlayedHost.bash(world, TOOLS, world.resolve("guard.sh").toString(), verb, "7", UUID, port);
        bash.environment().put("VFRT_SILENCE_SECONDS", "1");
        bash.environment().put("VFRT_BEAT_SECONDS", "0.2");
        bash.environment().put("VFRT_PATIENCE_SECONDS", "3");
        Process process = bash.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(exitCode);
        return said;
    }

    private void states(String... states) throws IOException {
        Files.write(world.resolve("states"), List.of(states));
    }

    private String log() throws IOException {
        return Files.readString(world.resolve("log"));
    }

    private Watching watch() throws IOException {
        return watch("30");
    }

    private Watching watch(String hushSeconds) throws IOException {
        return watch(hushSeconds, "");
    }

    private Watching watch(String hushSeconds, String port) throws IOException {
        ProcessBuilder bash =
                PlayedHost.bash(world, TOOLS, world.resolve("guard.sh").toString(), "watch", "7", UUID, port);
        bash.environment().put("VFRT_HUSH_SECONDS", hushSeconds);
        bash.environment().put("VFRT_SILENCE_SECONDS", "1");
        bash.environment().put("VFRT_BEAT_SECONDS", "0.2");
        Process process = bash.start();
        Watching watching = new Watching(process, process.inputReader(), process.outputWriter(), new ArrayList<>());
        assertThat(watching.answers.readLine()).isEqualTo("ready");
        return watching;
    }

    private record Watching(Process process, BufferedReader answers, BufferedWriter commands, List<String> heard)
            implements AutoCloseable {

        String ask(String command) throws IOException {
            commands.write(command + "\n");
            commands.flush();
            String line;
            do {
                line = answers.readLine();
                heard.add(line);
            } while ("working".equals(line));
            return line;
        }

        void leaveAlone() throws Exception {
            commands.close();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }

        void sendAway() throws Exception {
            commands.write("done\n");
            commands.flush();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
