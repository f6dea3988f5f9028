package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadHistoryFileTest {

    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00.123456789Z");

    @TempDir
    private Path state;

    @Test
    void whatOneRunWritesTheNextOneReads() throws IOException {
        LoadHistory history = LoadHistory.NONE
                .with("xen1", sample(NOW, 3))
                .with("xen1", sample(NOW.plusSeconds(60), 9))
                .with("xen2", sample(NOW, 4));

        new LoadHistoryFile(state.resolve("new")).write(history);

        assertThat(new LoadHistoryFile(state.resolve("new")).read()).isEqualTo(history);
    }

    @Test
    void noFileAndABrokenOneAreNoHistory() throws IOException {
        assertThat(new LoadHistoryFile(state).read()).isEqualTo(LoadHistory.NONE);
        for (String content :
                new String[] {"", "[]", "{\"xen1\":[{\"at\":\"yesterday\"}]}", "{\"xen1\":7}", "{\"xen1\":[{\"at"}) {
            Files.writeString(state.resolve("load.json"), content);
            assertThat(new LoadHistoryFile(state).read()).as(content).isEqualTo(LoadHistory.NONE);
        }
    }

    private static LoadSample sample(Instant at, long seconds) {
        return new LoadSample(at, Duration.ofSeconds(seconds), Map.of(new UUID(1, 2), Duration.ofNanos(seconds)));
    }
}
