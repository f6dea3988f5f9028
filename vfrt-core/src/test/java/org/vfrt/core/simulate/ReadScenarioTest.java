package org.vfrt.core.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;

final class ReadScenarioTest {

    @TempDir
    private Path directory;

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("scenario.yaml"), text);
    }

    @Test
    void oneFileMayHoldBoth() throws IOException {
        Path file = file("""
                world:
                  hosts: {xen1: {fence: [ipmi, [pdu-a, pdu-b]]}, xen2: {room: 2}}
                  guests: {web1: {host: xen1, standby: xen2, interval: 10s}}
                steps:
                - run 20s
                - at start 1 during: power xen2 off
                """);

        Scenario scenario = new ReadScenario().read(file);

        assertThat(scenario.hosts()).hasSize(2);
        assertThat(scenario.hosts().get(0).fence()).hasSize(2);
        assertThat(scenario.steps()).hasSize(2);
        assertThat(new Simulate().play(scenario, 3, 2_000).broken()).isEmpty();
    }

    @Test
    void allMistakesAreNamedAtOnce() throws IOException {
        Path file = file("""
                world:
                  hosts: {xen1: {rom: 2}}
                  guests: {web1: {host: xen7, interval: soon, after: db1}}
                steps:
                - power xen2 off
                - at start 1 during: frobnicate
                """);

        assertThatThrownBy(() -> new ReadScenario().read(file))
                .isInstanceOf(BadInput.class)
                .extracting(e -> ((BadInput) e).reasons(), InstanceOfAssertFactories.list(Reason.class))
                .extracting(Reason::text)
                .containsExactly(
                        "scenario.yaml.world.hosts.xen1: 'rom' is not known",
                        "scenario.yaml.world.guests.web1: 'interval' cannot be 'soon'",
                        "guest 'web1' is on host 'xen7', which is none",
                        "guest 'web1' is to come after 'db1', which is none",
                        "step 1 'power xen2 off' is not understood",
                        "step 2 'at start 1 during : frobnicate' is not understood");
    }

    @Test
    void nothingIsNamedAsSuch() {
        assertThatThrownBy(() -> new ReadScenario().read(directory.resolve("nowhere")))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void yamlCannotNameJavaTypes() throws IOException {
        Path file = file("world: !!java.net.URL [\"http://localhost\"]\n");

        assertThatThrownBy(() -> new ReadScenario().read(file)).isInstanceOf(BadInput.class);
    }
}
