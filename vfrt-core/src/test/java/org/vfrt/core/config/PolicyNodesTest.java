package org.vfrt.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.drill.DrillNetwork;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.policy.Policy;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.sign.Sign;

final class PolicyNodesTest {

    @TempDir
    Path directory;

    private Configuration read(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("vfrt.yaml"), yaml);
        return new ConfigurationReader(directory.resolve("none"))
                .read(Optional.of(file), Optional.empty(), Map.of(), directory, false);
    }

    private List<String> mistakes(String yaml) {
        return catchThrowableOfType(BadInput.class, () -> read(yaml)).reasons().stream()
                .map(Reason::text)
                .map(text -> text.replace(directory.resolve("vfrt.yaml") + ":", ""))
                .toList();
    }

    @Test
    void everyKeyOfAPolicyIsRead() throws IOException {
        Configuration configuration = read("""
                policies:
                  web:
                    guests: ["web*", db1]
                    metadata: [tier=gold, "owner=a=b"]
                    interval: 15m
                    method: live
                    max_pause: 500ms
                    memory_only: true
                    keep: {last: 4, within: 2h, hourly: 24, daily: 7, weekly: 4, monthly: 12, yearly: 3, tags: gold}
                    tags: [nightly, cron]
                    drill:
                      every: 7d
                      sign: 'console=login: $'
                      within: 2m
                    recover: [cold-current, memory]
                  small:
                    guests: mail
                    interval: 1d
                    method: auto
                    drill: {every: 1d, sign: 'tcp=10.0.0.7:25'}
                    disks: external
                    disk_hook: /usr/local/sbin/disk-hook
                """);
        assertThat(configuration.policies().all())
                .containsExactly(
                        new Policy(
                                "web",
                                List.of(new GuestPattern("web*"), new GuestPattern("db1")),
                                List.of(new Policy.Label("tier", "gold"), new Policy.Label("owner", "a=b")),
                                Duration.ofMinutes(15),
                                Optional.of(Method.LIVE),
                                Optional.of(Duration.ofMillis(500)),
                                DiskWish.NONE,
                                Optional.empty(),
                                Optional.of(new KeepRules(
                                        4,
                                        Optional.of(Duration.ofHours(2)),
                                        24,
                                        7,
                                        4,
                                        12,
                                        3,
                                        List.of(new Tag("gold")))),
                                List.of(new Tag("nightly"), new Tag("cron")),
                                Optional.of(new DrillOrder(
                                        Duration.ofDays(7),
                                        new Sign.Console("login: $"),
                                        Duration.ofMinutes(2),
                                        DrillNetwork.NONE)),
                                List.of(RestoreForm.COLD_CURRENT, RestoreForm.MEMORY)),
                        new Policy(
                                "small",
                                List.of(new GuestPattern("mail")),
                                List.of(),
                                Duration.ofDays(1),
                                Optional.empty(),
                                Optional.empty(),
                                DiskWish.EXTERNAL,
                                Optional.of(Path.of("/usr/local/sbin/disk-hook")),
                                Optional.empty(),
                                List.of(),
                                Optional.of(new DrillOrder(
                                        Duration.ofDays(1),
                                        new Sign.Tcp("10.0.0.7", 25),
                                        DrillOrder.WITHIN,
                                        DrillNetwork.PRIVATE)),
                                List.of()));
        assertThat(configuration.origins()).containsEntry("policies", directory.resolve("vfrt.yaml") + ":2");
        assertThat(read("policies:\n").policies().all()).isEmpty();
        assertThat(read("store: /x\n").origins()).doesNotContainKey("policies");
    }

    @Test
    void whatIsSaidOfDisksDoesNotContradictItself() {
        assertThat(mistakes("""
                policies:
                  both:
                    guests: a
                    interval: 1h
                    memory_only: true
                    disks: reference
                  half:
                    guests: b
                    interval: 1h
                    disks: external
                  other:
                    guests: c
                    interval: 1h
                    disk_hook: /usr/local/sbin/hook
                  odd:
                    guests: d
                    interval: 1h
                    disks: external
                    disk_hook: hook
                    recover: [warm]
                """))
                .containsExactly(
                        "3: 'memory_only: true' and 'disks: reference' of policy 'both' contradict each other",
                        "7: policy 'half' has 'disks: external' and no 'disk_hook'",
                        "11: policy 'other' has a 'disk_hook', and its disks are not external",
                        "19: 'disk_hook' of policy 'odd': 'hook' is not an absolute path",
                        "20: 'recover' of policy 'odd': 'warm' is no form in which a guest comes back");
    }

    @Test
    void everyMistakeIsReportedAtOnceWithItsLine() {
        assertThat(mistakes("""
                policies:
                  a b:
                    guests: [web1]
                    interval: 15m
                  none:
                    intervall: 15m
                  wrong:
                    guests: []
                    metadata: [tier]
                    interval: 0s
                    method: fast
                    max_pause: soon
                    memory_only: yes
                    keep:
                      last: many
                      dayly: 7
                      within: 0s
                      tags: [Gold]
                    tags: ["a b", ok]
                  empty:
                    guests: [{a: b}]
                    interval: 1h
                    keep: {last: 0}
                  nothing:
                  text: 15m
                """))
                .containsExactlyInAnyOrder(
                        "2: 'a b' cannot be the name of a policy",
                        "5: policy 'none' names no guests",
                        "5: policy 'none' has no 'interval'",
                        "6: unknown key 'intervall' in policy 'none'",
                        "8: 'guests' of policy 'wrong' has no value",
                        "9: 'metadata' of policy 'wrong': 'tier' is not a key and a value",
                        "10: 'interval' of policy 'wrong': there would be no end of checkpoints",
                        "11: 'method' of policy 'wrong': there is no method 'fast'",
                        "12: 'max_pause' of policy 'wrong': 'soon' is not a duration",
                        "13: 'memory_only' of policy 'wrong' is neither true nor false",
                        "15: 'last' in 'keep' of policy 'wrong': 'many' is not a number",
                        "16: unknown key 'dayly' in 'keep' of policy 'wrong'",
                        "17: 'within' in 'keep' of policy 'wrong': nothing lies within no time",
                        "18: 'tags' in 'keep' of policy 'wrong': 'Gold' cannot be a tag",
                        "19: 'tags' of policy 'wrong': 'a b' cannot be a tag",
                        "21: 'guests' of policy 'empty' is not a text",
                        "23: 'keep' of policy 'empty': these rules would keep no checkpoint at all",
                        "24: keys and values are expected here in policy 'nothing'",
                        "25: keys and values are expected here in policy 'text'");
    }

    @Test
    void everyMistakeInADrillIsReportedWithItsLine() {
        assertThat(mistakes("""
                policies:
                  a:
                    guests: a
                    interval: 1d
                    drill:
                      sign: ping=10.0.0.7
                      within: 0s
                      network: bridge
                      often: 7d
                  b:
                    guests: b
                    interval: 1d
                    drill: {every: 1d, sign: 'tcp=10.0.0.7:25', network: none}
                  c:
                    guests: c
                    interval: 1d
                    drill: weekly
                """))
                .containsExactlyInAnyOrder(
                        "6: 'drill' of policy 'a' has no 'every'",
                        "6: 'sign' in 'drill' of policy 'a': 'ping=10.0.0.7' is no sign of life",
                        "7: 'within' in 'drill' of policy 'a': nothing is seen in no time",
                        "8: 'network' in 'drill' of policy 'a': there is no network 'bridge' for a drill",
                        "9: unknown key 'often' in 'drill' of policy 'a'",
                        "13: 'drill' of policy 'b': the sign 'tcp=10.0.0.7:25' cannot be seen without a network",
                        "17: keys and values are expected here in 'drill' of policy 'c'");
    }

    /** A sample that is refused is worse than none. */
    @Test
    void theSamplesInTheDocumentsAreRight() throws IOException {
        Path docs = Path.of(System.getProperty("vfrt.fixtures")).resolveSibling("docs");
        int samples = 0;
        for (String name : List.of("configuration.md", "handbook.md", "operations.md")) {
            Matcher yaml =
                    Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(docs.resolve(name)));
            while (yaml.find()) {
                samples++;
                assertThat(read(yaml.group(1)).origins()).as(name).isNotEmpty();
            }
        }
        assertThat(samples).isGreaterThan(2);
        assertThat(read(Files.readString(docs.resolve("examples/vfrt.yaml")))
                        .policies()
                        .all())
                .isNotEmpty();
    }
}
