package org.vfrt.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.placement.Rule;
import org.vfrt.core.placement.StandingRule;
import org.vfrt.core.pool.GuestPattern;

final class PlacementNodesTest {

    private static final String HOSTS = """
            hosts:
              xen1: {uri: "xen+ssh://root@xen1/system"}
              xen2: {uri: "xen+ssh://root@xen2/system"}
            """;

    @TempDir
    Path directory;

    private Configuration read(String yaml) throws IOException {
        return read(yaml, Optional.empty());
    }

    private Configuration read(String yaml, Optional<String> uri) throws IOException {
        Path file = Files.writeString(directory.resolve("vfrt.yaml"), yaml);
        return new ConfigurationReader(directory.resolve("none"))
                .read(Optional.of(file), uri, Map.of(), directory, false);
    }

    private List<Reason> mistakes(String yaml) {
        return catchThrowableOfType(BadInput.class, () -> read(HOSTS + yaml)).reasons();
    }

    private List<String> texts(String yaml) {
        return mistakes(yaml).stream()
                .map(reason -> reason.text().replace(directory.resolve("vfrt.yaml") + ":", ""))
                .toList();
    }

    @Test
    void everyKeyIsRead() throws IOException {
        Configuration configuration = read(HOSTS + """
                placement:
                  reserve: 2GiB
                  vcpus_per_cpu: 2.5
                  vcpus_per_cpu_max: 3
                  failure_domains:
                    rack1: [xen1, xen2]
                  rules:
                    - name: web servers apart
                      apart: ["web*"]
                    - guests: [db1, "db-*"]
                      not_on: xen1
                      soft: true
                    - domains_apart: [a, b]
                """);

        assertThat(configuration.placement())
                .isEqualTo(new PlacementSettings(
                        OptionalLong.of(2L << 30),
                        2.5,
                        3,
                        Map.of("xen1", "rack1", "xen2", "rack1"),
                        List.of(
                                new StandingRule(
                                        "web servers apart",
                                        Rule.Kind.APART,
                                        true,
                                        List.of(new GuestPattern("web*")),
                                        List.of()),
                                new StandingRule(
                                        "db1, db-* not on xen1",
                                        Rule.Kind.NOT_ON,
                                        false,
                                        List.of(new GuestPattern("db1"), new GuestPattern("db-*")),
                                        List.of("xen1")),
                                new StandingRule(
                                        "domains apart a, b",
                                        Rule.Kind.DOMAINS_APART,
                                        true,
                                        List.of(new GuestPattern("a"), new GuestPattern("b")),
                                        List.of()))));
        assertThat(configuration.origins()).containsEntry("placement", directory.resolve("vfrt.yaml") + ":5");
    }

    @Test
    void whatIsNotSaidHasADefault() throws IOException {
        assertThat(read(HOSTS).placement()).isEqualTo(PlacementSettings.DEFAULT);
        assertThat(read(HOSTS).origins()).containsEntry("placement", "default");
        assertThat(read(HOSTS + "placement:\n").placement()).isEqualTo(PlacementSettings.DEFAULT);
        assertThat(read(HOSTS + "placement: {failure_domains: , rules: }\n").placement())
                .isEqualTo(PlacementSettings.DEFAULT);
        assertThat(read(HOSTS + "placement: {vcpus_per_cpu: 10}\n").placement().vcpusPerCpuMax())
                .isEqualTo(20);
    }

    @Test
    void everyMistakeIsReportedAtOnceWithItsLine() {
        assertThat(texts("""
                placement:
                  resreve: 2GiB
                  reserve: 2 GB
                  vcpus_per_cpu: 0
                  vcpus_per_cpu_max: many
                  failure_domains:
                    xen1: [xen1]
                    rack1: [xen2, xne1]
                    rack2: [xen2]
                    a rack: []
                  rules:
                    - soft: yes
                      apart: a
                    - name: nothing
                    - apart: [a]
                      together: [b]
                    - on: [xen3]
                      guests: a
                    - on: xen1
                    - apart: [a]
                      guests: [b]
                    - apart: [twice]
                    - apart: [twice]
                    - apart: []
                """))
                .containsExactlyInAnyOrder(
                        "5: unknown key 'resreve' in 'placement'",
                        "6: 'reserve' of 'placement': '2 GB' is not an amount of bytes",
                        "7: 'vcpus_per_cpu' of 'placement': '0' is not a number above 0",
                        "8: 'vcpus_per_cpu_max' of 'placement': 'many' is not a number above 0",
                        "10: failure domain 'xen1' is called like a host",
                        "11: there is no host 'xne1' under 'hosts'",
                        "12: host 'xen2' is in failure domain 'rack1' already",
                        "13: 'a rack' cannot be the name of a failure domain",
                        "13: 'a rack' of 'failure_domains' has no value",
                        "15: 'soft' of a rule is neither true nor false",
                        "17: a rule says nothing",
                        "18: a rule has 'together' and 'apart'",
                        "20: there is no host 'xen3' under 'hosts'",
                        "22: a rule with 'on' names no guests",
                        "23: a rule with 'apart' has 'guests' too",
                        "26: another rule is called 'apart twice'",
                        "27: 'apart' of a rule has no value");
        assertThat(texts("placement: {vcpus_per_cpu_max: 2}\n"))
                .containsExactly("4: 'vcpus_per_cpu_max' of 'placement' is less than 'vcpus_per_cpu'");
        assertThat(texts("placement: {rules: {apart: [a]}}\n"))
                .containsExactly("4: 'rules' of 'placement' is not a list");
    }

    @Test
    void aHostThatIsMisspeltIsGuessed() {
        assertThat(mistakes("placement: {failure_domains: {rack1: [xne1, other]}}\n"))
                .extracting(Reason::hint)
                .containsExactly("Did you mean 'xen1'?", "There are xen1, xen2.");
    }

    @Test
    void rulesAboutHostsOfTheFileStandWhenOneOtherHostIsConnectedTo() throws IOException {
        assertThat(read(
                                HOSTS + "placement: {failure_domains: {rack1: [xen1, xen2]}}\n",
                                Optional.of("xen+ssh://root@xen3/system"))
                        .placement()
                        .failureDomains())
                .hasSize(2);
    }
}
