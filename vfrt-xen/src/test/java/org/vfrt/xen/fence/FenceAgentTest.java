package org.vfrt.xen.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.config.StandbySettings;
import org.vfrt.core.evidence.CheckFence;
import org.vfrt.core.evidence.FenceDevice.Power;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.key.ReadSecret;
import org.vfrt.xen.host.LocalKeyCommand;

/** With a small program that speaks as those of fence-agents do, and with the real fence_ipmilan against a real management controller in software. */
final class FenceAgentTest {

    private static final String SECRET = "s3cret word";
    private static final Duration WITHIN = Duration.ofSeconds(20);

    /** Knows one password, and keeps the power of its machine in a file. */
    private static final String AGENT = """
            #!/bin/bash
            world=${0%/*}
            echo "$# $*" >>"$world/argv"
            while IFS= read -r line; do printf '%s\\n' "$line" >>"$world/told"; declare "${line%%=*}=${line#*=}"; done
            [ ! -e "$world/before" ] || . "$world/before"
            [ "$password" = 's3cret word' ] || { echo "ERROR: login of $username with '$password' failed" >&2; exit 1; }
            case $action in
                status) if [ -e "$world/off" ]; then echo 'Status: OFF'; exit 2; else echo 'Status: ON'; fi ;;
                off) touch "$world/off"; echo 'Success: Powered OFF' ;;
                on) rm -f "$world/off"; echo 'Success: Powered ON' ;;
                monitor) ;;
                *) exit 1 ;;
            esac
            """;

    @TempDir
    private Path world;

    private Path program;
    private Path password;

    @BeforeEach
    void installs() throws IOException {
        program = Files.writeString(world.resolve("fence_small"), AGENT);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        password = written(SECRET + "\n");
    }

    private Path written(String text) throws IOException {
        Path file = Files.writeString(world.resolve("password"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static FenceAgent agent(FenceSettings settings) {
        return new FenceAgent("xen1", settings, new ReadSecret(new LocalKeyCommand()));
    }

    private FenceAgent agent() {
        return agent(new KeyOrigin.File(password));
    }

    private FenceAgent agent(KeyOrigin origin) {
        return agent(new FenceSettings(
                "small",
                program.toString(),
                Optional.of("10.0.0.5"),
                Optional.of("fencer"),
                Optional.of(origin),
                Map.of("plug", "7", "lanplus", "1")));
    }

    private void before(String text) throws IOException {
        Files.writeString(world.resolve("before"), text + "\n");
    }

    @Test
    void whatIsToBeDoneAndTheSecretAreReadAndNotArguments() throws IOException {
        assertThat(agent().status(WITHIN)).isEqualTo(Power.ON);
        assertThat(Files.readAllLines(world.resolve("argv"))).containsExactly("0 ");
        assertThat(Files.readAllLines(world.resolve("told")))
                .containsExactly(
                        "action=status", "ip=10.0.0.5", "username=fencer", "password=" + SECRET, "lanplus=1", "plug=7");
    }

    @Test
    void powerIsTakenAwayAndGivenAgain() {
        FenceAgent agent = agent();
        agent.check(WITHIN);
        agent.off(WITHIN);
        assertThat(agent.status(WITHIN)).isEqualTo(Power.OFF);
        agent.off(WITHIN);
        agent.on(WITHIN);
        assertThat(agent.status(WITHIN)).isEqualTo(Power.ON);
    }

    @Test
    void aPasswordMayComeFromAProgram() {
        KeyOrigin.Command command = new KeyOrigin.Command(List.of("printf", "s3cret word\\n"));
        assertThat(agent(command).status(WITHIN)).isEqualTo(Power.ON);
    }

    @Test
    void aWrongPasswordIsARefusalThatDoesNotRepeatIt() throws IOException {
        written("another word");
        Failure failure = catchThrowableOfType(Failed.class, () -> agent().status(WITHIN));
        assertThat(failure.code()).isEqualTo("fence-refused");
        assertThat(failure).hasMessageContaining("'small' of host 'xen1'").hasMessageContaining("login of fencer");
        assertThat(failure.getMessage() + failure.hint()).doesNotContain("another word");
    }

    @Test
    void aPasswordThatOthersCanReadIsNotUsed() throws IOException {
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> agent().off(WITHIN))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("others");
        assertThat(world.resolve("argv")).doesNotExist();
    }

    @Test
    void aPasswordOfTwoLinesIsRefusedBeforeItBecomesAnOrder() throws IOException {
        written("word\naction=off");
        assertThatThrownBy(() -> agent().status(WITHIN)).hasMessageContaining("not one line");
        assertThat(world.resolve("argv")).doesNotExist();
    }

    @Test
    void anExitCodeAloneIsNotPowerThatIsOff() throws IOException {
        before("exit 2");
        assertThatThrownBy(() -> agent().status(WITHIN))
                .isInstanceOf(Failed.class)
                .hasMessageContaining("did not say");
        before("echo 'Status: ON'; exit 2");
        assertThatThrownBy(() -> agent().status(WITHIN)).isInstanceOf(Failed.class);
        before("echo 'Status: OFF'; exit 0");
        assertThatThrownBy(() -> agent().status(WITHIN)).isInstanceOf(Failed.class);
        before("echo 'Status: OFF'; exit 1");
        assertThatThrownBy(() -> agent().status(WITHIN)).isInstanceOf(Failed.class);
    }

    @Test
    void oneThatDoesNotEndIsEndedAndSaidToBeSilent() throws Exception {
        before("sleep 60 & echo $! >\"$world/child\"; wait");
        assertThatThrownBy(() -> agent().off(Duration.ofMillis(500)))
                .isInstanceOfSatisfying(
                        Temporary.class, e -> assertThat(e.code()).isEqualTo("fence-silent"));
        long child = Long.parseLong(Files.readString(world.resolve("child")).strip());
        for (int look = 0; look < 100 && alive(child); look++) {
            Thread.sleep(50);
        }
        assertThat(alive(child)).isFalse();
    }

    private static boolean alive(long process) {
        return ProcessHandle.of(process).filter(ProcessHandle::isAlive).isPresent();
    }

    @Test
    void oneThatNeverStopsTalkingIsEnded() throws IOException {
        before("yes");
        assertThatThrownBy(() -> agent().status(WITHIN)).isInstanceOf(Failed.class);
    }

    @Test
    void aDeviceThatCannotBeReachedIsSilentAndNotRefusing() throws IOException {
        before("echo 'Connection timed out' >&2; exit 1");
        assertThatThrownBy(() -> agent().status(WITHIN)).isInstanceOf(Temporary.class);
    }

    @Test
    void anAgentThatIsNotInstalledIsNamedWithItsPackage() {
        FenceSettings settings = new FenceSettings(
                "odd", "nowhere_at_all", Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
        assertThatThrownBy(() -> agent(settings).status(WITHIN))
                .isInstanceOfSatisfying(Failed.class, e -> assertThat(e.hint()).contains("fence-agents"));
    }

    @Test
    void eachDeviceIsCheckedAndOneThatRefusesHidesNoOther() {
        FenceSettings right = new FenceSettings(
                "small",
                program.toString(),
                Optional.empty(),
                Optional.of("fencer"),
                Optional.of(new KeyOrigin.File(password)),
                Map.of());
        FenceSettings without = new FenceSettings(
                "none", program.toString(), Optional.empty(), Optional.of("fencer"), Optional.empty(), Map.of());
        StandbySettings standby = new StandbySettings(
                true,
                Optional.empty(),
                Optional.empty(),
                StandbySettings.EVIDENCE,
                Optional.empty(),
                Map.of("xen1", List.of(List.of(without), List.of(right))));
        assertThat(new CheckFence(new FenceAgents(standby, new ReadSecret(new LocalKeyCommand())))
                        .run(List.of("xen1", "xen2")))
                .satisfiesExactly(first -> assertThat(first.failure()).isPresent(), second -> {
                    assertThat(second.level()).isEqualTo(2);
                    assertThat(second.power()).contains(Power.ON);
                });
    }

    @Test
    void theRealAgentTakesPowerFromARealController() throws Exception {
        assumeTrue(BmcSimulator.installed(), "fence-agents, ipmitool and openipmi are not on this machine");
        written(BmcSimulator.PASSWORD);
        try (BmcSimulator bmc = BmcSimulator.start(world)) {
            FenceAgent agent = agent(ipmi(bmc));
            agent.check(WITHIN);
            assertThat(agent.status(WITHIN)).isEqualTo(Power.ON);
            agent.off(WITHIN);
            assertThat(bmc.power()).isEqualTo("0");
            assertThat(agent.status(WITHIN)).isEqualTo(Power.OFF);
            agent.on(WITHIN);
            assertThat(agent.status(WITHIN)).isEqualTo(Power.ON);
            written("wrong");
            assertThatThrownBy(() -> agent.check(WITHIN))
                    .isInstanceOf(Failed.class)
                    .hasMessageNotContaining("wrong");
            assertThatThrownBy(() -> agent.off(WITHIN)).isInstanceOf(Failed.class);
            assertThat(bmc.power()).isEqualTo("1");
        }
    }

    private FenceSettings ipmi(BmcSimulator bmc) {
        return new FenceSettings(
                "ipmilan",
                "ipmilan",
                Optional.of("127.0.0.1"),
                Optional.of(BmcSimulator.USER),
                Optional.of(new KeyOrigin.File(password)),
                Map.of("ipport", Integer.toString(bmc.port()), "lanplus", "1", "cipher", "3", "power_wait", "1"));
    }

    @Test
    void aControllerThatIsGoneIsNotOff() throws Exception {
        assumeTrue(BmcSimulator.installed(), "fence-agents, ipmitool and openipmi are not on this machine");
        FenceSettings settings;
        written(BmcSimulator.PASSWORD);
        try (BmcSimulator bmc = BmcSimulator.start(world)) {
            settings = ipmi(bmc);
        }
        assertThatThrownBy(() -> agent(settings).status(Duration.ofSeconds(60)))
                .isInstanceOfAny(Temporary.class, Failed.class);
    }
}
