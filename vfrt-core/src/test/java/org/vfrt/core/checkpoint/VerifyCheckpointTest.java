package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Damaged;

/** What verifying leaves behind for retention. */
final class VerifyCheckpointTest {

    @TempDir
    Path directory;

    private CheckpointWorld world;

    @BeforeEach
    void begin() {
        world = new CheckpointWorld(directory);
        world.web1On("xen1");
    }

    private VerifyCheckpoint.Outcome verify(CheckpointId id) {
        return new VerifyCheckpoint(world.store, world.clock).run(id, Progress.NONE);
    }

    @Test
    void damageTakesBackThatItWasEverFoundWhole() throws IOException {
        CheckpointId id = world.create().manifest().orElseThrow().id();
        assertThat(verify(id).notes()).isEmpty();
        assertThat(world.store.verified()).containsOnlyKeys(id);

        Files.write(directory.resolve("store/checkpoints").resolve(id.text()).resolve("pack"), new byte[] {1});
        assertThatThrownBy(() -> verify(id)).isInstanceOf(Damaged.class);
        assertThat(world.store.verified()).isEmpty();
    }

    @Test
    void aStoreThatCannotRememberItIsToldAndTheCheckpointIsWholeAllTheSame() throws IOException {
        CheckpointId id = world.create().manifest().orElseThrow().id();
        Files.writeString(directory.resolve("store/verified"), "in the way");

        VerifyCheckpoint.Outcome outcome = verify(id);
        assertThat(outcome.manifest().id()).isEqualTo(id);
        assertThat(outcome.notes()).singleElement().asString().contains(id.text(), "could not be noted");
    }
}
