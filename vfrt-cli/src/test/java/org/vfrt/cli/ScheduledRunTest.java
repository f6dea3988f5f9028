package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointId;

/** Policies followed for real, with libvirt's test driver, whose one guest is called test. */
final class ScheduledRunTest {

    @TempDir
    Path directory;

    private Path configuration;

    @BeforeEach
    void configure() throws IOException {
        configuration = Files.writeString(directory.resolve("vfrt.yaml"), """
                hosts:
                  demo:
                    uri: test:///default
                store: %s/store
                state: %s/state
                policies:
                  demo:
                    guests: [test]
                    interval: 1h
                    memory_only: true
                    keep: {last: 1, tags: [gold]}
                    tags: [cron]
                """.formatted(directory, directory));
    }

    private Answer vfrt(String... words) {
        return Answer.of(configuration, words);
    }

    @Test
    void aSecondRunFindsThatTheGuestIsNotDue() {
        Answer dry = vfrt("checkpoint", "run", "--dry-run");
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(dry.rows())
                .singleElement()
                .satisfies(row -> assertThat(row).startsWith("test", "demo", "demo", "due"));

        Answer first = vfrt("checkpoint", "run");
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.rows())
                .singleElement()
                .satisfies(row -> assertThat(row).startsWith("test", "demo", "demo", "taken"));

        Answer second = vfrt("checkpoint", "run");
        assertThat(second.code()).as(second.err()).isZero();
        assertThat(second.rows())
                .singleElement()
                .satisfies(row -> assertThat(row).startsWith("test", "-", "demo", "not due"));

        Answer list = vfrt("checkpoint", "list");
        assertThat(list.rows()).singleElement().satisfies(row -> assertThat(row).endsWith("cron"));
        assertThat(vfrt("checkpoint", "run", "-q")).isEqualTo(new Answer(0, "", ""));
    }

    @Test
    void pruningByThePolicyKeepsTheNewestTheTaggedAndTheVerifiedOne() {
        List<String> ids = new ArrayList<>();
        for (String[] more : new String[][] {{"--tag", "gold"}, {}, {}, {}}) {
            List<String> words = new ArrayList<>(List.of("checkpoint", "create", "test", "--memory-only"));
            words.addAll(List.of(more));
            Answer created = vfrt(words.toArray(String[]::new));
            assertThat(created.code()).as(created.err()).isZero();
            created.rows().get(0).stream().filter(CheckpointId::matches).forEach(ids::add);
        }
        // Not by the order of the list: two that were taken within a second may stand in any.
        String second = ids.get(1);
        assertThat(vfrt("checkpoint", "verify", second).code()).isZero();

        Answer pruned = vfrt("checkpoint", "prune", "te*");
        assertThat(pruned.code()).as(pruned.err()).isZero();
        assertThat(pruned.rows()).filteredOn(row -> row.contains("removed")).hasSize(1);
        assertThat(vfrt("checkpoint", "list").rows())
                .extracting(row -> row.get(0))
                .contains(second)
                .hasSize(3);
    }

    @Test
    void aHostThatCannotBeReachedFailsTheRunAndTheOthersGoOn() throws IOException {
        Files.writeString(
                configuration,
                Files.readString(configuration)
                        .replace("store:", "  gone:\n    uri: test+unix:///default?socket=/nowhere/at/all\nstore:"));
        Answer answer = vfrt("checkpoint", "run", "-q");
        assertThat(answer.code()).isEqualTo(5);
        assertThat(answer.err()).contains("1 of 2 guests or hosts failed").contains("'gone'");
        assertThat(vfrt("checkpoint", "list").rows()).hasSize(1);
    }
}
