package org.vfrt.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.key.KeyOrigin;

/** What standby is told: fence devices of hosts, and the register. */
final class StandbyNodesTest {

    private static final String HOST = """
            hosts:
              xen1:
                uri: "xen+ssh://root@xen1/system"
            """;

    @TempDir
    private Path directory;

    private Configuration read(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("vfrt.yaml"), yaml);
        return new ConfigurationReader(directory.resolve("none"))
                .read(Optional.of(file), Optional.empty(), Map.of(), directory, false);
    }

    private List<String> mistakes(String yaml) {
        return catchThrowableOfType(BadInput.class, () -> read(HOST + yaml)).reasons().stream()
                .map(Reason::code)
                .toList();
    }

    private String hint(String yaml) {
        return catchThrowableOfType(BadInput.class, () -> read(HOST + yaml))
                .reasons()
                .get(0)
                .hint();
    }

    @Test
    void levelsAndTheirDevicesAreRead() throws IOException {
        Configuration configuration = read(HOST + """
                    fence:
                      - agent: ipmilan
                        ip: 10.0.0.11
                        username: fencer
                        password_file: /etc/vfrt/ipmi.password
                        options: {lanplus: 1, cipher: 3}
                      - - {name: left, agent: fence_apc, ip: strip1, password_command: [pass, show, apc], options: {plug: 4}}
                        - {name: right, agent: /usr/local/bin/strip, options: {}}
                """);

        assertThat(configuration.standby().fence("xen1"))
                .containsExactly(
                        List.of(new FenceSettings(
                                "ipmilan",
                                "ipmilan",
                                Optional.of("10.0.0.11"),
                                Optional.of("fencer"),
                                Optional.of(new KeyOrigin.File(Path.of("/etc/vfrt/ipmi.password"))),
                                Map.of("lanplus", "1", "cipher", "3"))),
                        List.of(
                                new FenceSettings(
                                        "left",
                                        "apc",
                                        Optional.of("strip1"),
                                        Optional.empty(),
                                        Optional.of(new KeyOrigin.Command(List.of("pass", "show", "apc"))),
                                        Map.of("plug", "4")),
                                new FenceSettings(
                                        "right",
                                        "/usr/local/bin/strip",
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Map.of())));
        assertThat(configuration.standby().fence("xen2")).isEmpty();
        assertThat(configuration.standby().asked()).isFalse();
    }

    @Test
    void whatIsWrongWithADeviceIsSaidAllAtOnce() {
        assertThat(mistakes("""
                    fence:
                      - {agent: ipmilan, ip: "10.0.0.11:623", usrname: a}
                      - {ip: 10.0.0.11}
                      - {agent: "ipmi lan"}
                      - {name: ipmilan, agent: ilo}
                      - {agent: apc, password_file: x, password_command: [y]}
                      - {agent: drac5, options: {"a b": 1, lanplus: [1]}}
                      - []
                """))
                .containsExactly(
                        "unknown-key",
                        "bad-address",
                        "no-fence-agent",
                        "bad-fence-agent",
                        "same-device-twice",
                        "two-passwords",
                        "relative-path",
                        "bad-fence-option",
                        "wrong-type",
                        "empty-value");
    }

    @Test
    void aMisspeltKeyIsGuessed() {
        assertThat(hint("    fence: [{agent: ipmilan, pasword_file: /x}]\n"))
                .isEqualTo("Did you mean 'password_file'?");
        assertThat(hint("standby: {registr: {}}\n")).isEqualTo("Did you mean 'register'?");
    }

    @Test
    void aPasswordHasNoPlaceInTheConfiguration() {
        for (String key : List.of("password", "passwd", "hexadecimal_kg", "password_script")) {
            assertThat(mistakes("    fence: [{agent: ipmilan, options: {" + key + ": x}}]\n"))
                    .containsExactly("bad-fence-option");
        }
        assertThat(mistakes("    fence: [{agent: ipmilan, password: x}]\n")).containsExactly("unknown-key");
        assertThat(mistakes("    fence: [{agent: ipmilan, options: {action: off}}]\n"))
                .containsExactly("bad-fence-option");
        assertThat(mistakes("    fence: [{agent: ipmilan, options: {verbose: 1}}]\n"))
                .containsExactly("bad-fence-option");
    }

    @Test
    void noTextBecomesTwoLinesOfWhatAnAgentReads() {
        assertThat(mistakes("    fence: [{agent: ipmilan, username: \"a\\naction=off\"}]\n"))
                .containsExactly("bad-text");
        assertThat(mistakes("    fence: [{agent: ipmilan, options: {plug: \"1\\naction=off\"}}]\n"))
                .containsExactly("bad-text");
        assertThat(mistakes("    fence: {agent: ipmilan}\n")).containsExactly("wrong-type");
    }

    @Test
    void allEvidenceWillDoUnlessSomeIsNamed() throws IOException {
        assertThat(read(HOST + "standby: {}\n").standby().evidence()).isEqualTo(StandbySettings.EVIDENCE);
        assertThat(read(HOST + "standby: {evidence: [fenced, confirmed]}\n")
                        .standby()
                        .evidence())
                .containsExactlyInAnyOrder(Evidence.Kind.FENCED, Evidence.Kind.CONFIRMED);
        assertThat(mistakes("standby: {evidence: [let go]}\n")).containsExactly("bad-evidence");
        assertThat(mistakes("standby: {evidence: []}\n")).containsExactly("empty-value");
    }

    @Test
    void whereEpochsAreKeptIsReadAndIsAWholePath() throws IOException {
        assertThat(read(HOST).standby().epochs()).isEmpty();
        assertThat(read(HOST + "standby: {epochs: /dev/shm/vfrt}\n").standby().epochs())
                .contains(Path.of("/dev/shm/vfrt"));
        assertThat(mistakes("standby: {epochs: }\n")).hasSize(1);
    }

    @Test
    void aRegisterIsADirectoryOrAnEtcd() throws IOException {
        assertThat(read(HOST).standby().register()).isEmpty();
        assertThat(read(HOST + "standby: {register: {directory: /srv/register}}\n")
                        .standby())
                .isEqualTo(new StandbySettings(
                        true,
                        Optional.of(new RegisterPlace.Directory(Path.of("/srv/register"))),
                        Optional.empty(),
                        StandbySettings.EVIDENCE,
                        Optional.empty(),
                        Map.of()));
        assertThat(read(HOST + """
                standby:
                  register:
                    etcd:
                      endpoints: ["https://etcd1:2379", "https://etcd2:2379"]
                      prefix: pool/one
                      ca_file: /etc/vfrt/ca.pem
                      certificate_file: /etc/vfrt/vfrt.pem
                      key_file: /etc/vfrt/vfrt.key
                      user: vfrt
                      password_file: /etc/vfrt/etcd.password
                """).standby().register())
                .contains(new RegisterPlace.Etcd(new EtcdSettings(
                        List.of(URI.create("https://etcd1:2379"), URI.create("https://etcd2:2379")),
                        "pool/one/",
                        Optional.of(Path.of("/etc/vfrt/ca.pem")),
                        Optional.of(Path.of("/etc/vfrt/vfrt.pem")),
                        Optional.of(Path.of("/etc/vfrt/vfrt.key")),
                        Optional.of("vfrt"),
                        Optional.of(new KeyOrigin.File(Path.of("/etc/vfrt/etcd.password"))))));
    }

    @Test
    void aWatchdogHasASensibleTime() throws IOException {
        assertThat(read(HOST).standby().watchdog()).isEmpty();
        assertThat(read(HOST + "standby: {watchdog: 1m}\n").standby().watchdog())
                .contains(Duration.ofMinutes(1));
        for (String time : List.of("0s", "10s", "61s", "20001ms", "1h")) {
            assertThat(mistakes("standby: {watchdog: " + time + "}\n")).as(time).hasSize(1);
        }
        String etcd = "standby: {register: {etcd: {endpoints: ['http://127.0.0.1:1']}}, watchdog: ";
        assertThat(mistakes(etcd + "40s}\n")).containsExactly("bad-watchdog");
        assertThat(read(HOST + etcd + "60s}\n").standby().watchdog()).contains(Duration.ofMinutes(1));
    }

    @Test
    void whatIsWrongWithARegisterIsSaid() {
        assertThat(mistakes("standby: {register: {}}\n")).containsExactly("bad-register");
        assertThat(mistakes("standby: {register: {directory: /a, etcd: {endpoints: ['http://a:1']}}}\n"))
                .containsExactly("bad-register");
        assertThat(mistakes("standby: {register: {directory: a}}\n")).containsExactly("relative-path");
        assertThat(mistakes("standby: {register: {etcd: {prefix: 'a b'}}}\n"))
                .containsExactly("no-endpoints", "bad-prefix");
        assertThat(mistakes("standby: {register: {etcd: {endpoints: [etcd1], user: a}}}\n"))
                .containsExactly("bad-endpoint", "half-of-a-pair");
        assertThat(mistakes("standby: {register: {etcd: {endpoints: ['https://a:1'], key_file: /k}}}\n"))
                .containsExactly("half-of-a-pair");
    }

    @Test
    void anEtcdBeyondThisMachineIsInClearWithoutTls() {
        assertThat(etcd("http://etcd1:2379").crossesNetworkInClear()).isTrue();
        assertThat(etcd("http://127.0.0.1:2379").crossesNetworkInClear()).isFalse();
        assertThat(etcd("https://etcd1:2379").crossesNetworkInClear()).isFalse();
    }

    private static EtcdSettings etcd(String endpoint) {
        return new EtcdSettings(
                List.of(URI.create(endpoint)),
                EtcdSettings.PREFIX,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
