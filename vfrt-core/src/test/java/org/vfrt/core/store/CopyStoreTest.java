package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.key.MakeKeyFile;
import org.vfrt.core.key.ReadKey;

final class CopyStoreTest {

    @TempDir
    private Path directory;

    private int seeds;

    private PackedStore store(String name, StoreKeys keys) {
        return new PackedStore(new DirectoryBackend(directory.resolve(name)), keys, new Random(++seeds), 0);
    }

    private PackedStore from() {
        return store("from", StoreKeys.none());
    }

    private PackedStore to() {
        return store("to", StoreKeys.none());
    }

    private static List<CheckpointId> ids(PackedStore store) {
        return store.list().stream().map(Manifest::id).toList();
    }

    private CopyStore.Outcome copy(PackedStore to) {
        return new CopyStore(from(), to, false).run(false, Progress.NONE);
    }

    @Test
    void whatIsEncryptedIsNotCopiedIntoClearByASlip() throws IOException {
        Path keyFile = directory.resolve("key");
        new MakeKeyFile(new Random(7)).run(keyFile);
        StoreKeys keys = StoreKeys.of(() -> new ReadKey(argv -> "").run(new KeyOrigin.File(keyFile)));
        new InitStore(new DirectoryBackend(directory.resolve("locked")), new Random(8))
                .run(Optional.of(() -> new ReadKey(argv -> "").run(new KeyOrigin.File(keyFile))));
        PackedStore locked = store("locked", keys);
        GuestsInStores.take(locked, 0);

        assertThatThrownBy(() -> new CopyStore(locked, to(), false).run(false, Progress.NONE))
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo("copy-in-clear"));
        assertThat(directory.resolve("to")).doesNotExist();

        new InitStore(new DirectoryBackend(directory.resolve("to")), new Random(9)).run(Optional.empty());
        assertThat(new CopyStore(locked, to(), true).run(false, Progress.NONE).copied())
                .hasSize(1);
    }

    @Test
    void aStoreIsNotCopiedIntoItself() throws IOException {
        GuestsInStores.take(from(), 0);
        for (String inside : List.of("from/copy", "from/checkpoints", ".")) {
            assertThatThrownBy(() -> copy(store(inside, StoreKeys.none())))
                    .isInstanceOfSatisfying(
                            BadInput.class, e -> assertThat(e.code()).isEqualTo("store-in-store"));
        }
    }

    @Test
    void aCopyIntoAnEncryptedStoreHoldsTheSameCheckpointsAndEachPageOnce() throws IOException {
        CheckpointId first = GuestsInStores.take(from(), 0);
        CheckpointId second = GuestsInStores.take(from(), 1);
        Instant whole = Instant.parse("2026-11-23T03:30:00Z");
        from().noteVerified(first, whole);
        Path keyFile = directory.resolve("key");
        new MakeKeyFile(new Random(7)).run(keyFile);
        StoreKeys keys = StoreKeys.of(() -> new ReadKey(argv -> "").run(new KeyOrigin.File(keyFile)));
        new InitStore(new DirectoryBackend(directory.resolve("to")), new Random(8))
                .run(Optional.of(() -> new ReadKey(argv -> "").run(new KeyOrigin.File(keyFile))));

        CopyStore.Outcome outcome = copy(store("to", keys));

        assertThat(outcome.copied()).extracting(Manifest::id).containsExactly(first, second);
        assertThat(outcome.failures()).isEmpty();
        PackedStore to = store("to", keys);
        assertThat(to.list())
                .usingRecursiveComparison()
                .ignoringFields("imageRoot", "definitionSha256")
                .isEqualTo(from().list());
        assertThat(to.verified()).containsOnlyKeys(first).containsValue(whole);
        for (CheckpointId id : List.of(first, second)) {
            assertThat(GuestsInStores.image(to, id)).isEqualTo(GuestsInStores.image(from(), id));
        }
        assertThat(new CheckStore(to, Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
        assertThat(to.addedBytes(second).orElseThrow())
                .isLessThan(to.addedBytes(first).orElseThrow());
    }

    @Test
    void aCopyGoesOnWhereItWasInterrupted() throws IOException {
        CheckpointId first = GuestsInStores.take(from(), 0);
        copy(to());
        CheckpointId second = GuestsInStores.take(from(), 1);
        // As a killed copy leaves it: begun, and neither complete nor gone.
        Incoming killed = to().begin(second, GuestsInStores.WEB);
        assertThat(killed.id()).isEqualTo(second);

        CopyStore.Outcome outcome = copy(to());

        assertThat(outcome.copied()).extracting(Manifest::id).containsExactly(second);
        assertThat(outcome.there()).isEqualTo(1);
        assertThat(ids(to())).containsExactly(first, second);
        assertThat(copy(to()).copied()).isEmpty();
    }

    @Test
    void aDryRunSaysTheSameAndMakesNothing() throws IOException {
        CheckpointId first = GuestsInStores.take(from(), 0);
        CopyStore.Outcome outcome = new CopyStore(from(), to(), false).run(true, Progress.NONE);
        assertThat(outcome.copied()).extracting(Manifest::id).containsExactly(first);
        assertThat(directory.resolve("to")).doesNotExist();
    }

    @Test
    void aDamagedCheckpointIsNotCopiedAndTheOthersAre() throws IOException {
        CheckpointId first = GuestsInStores.take(from(), 0);
        CheckpointId second = GuestsInStores.take(from(), 1);
        from().delete(first);
        CheckpointId third = GuestsInStores.take(from(), 2);
        Path pack = directory.resolve("from/checkpoints/" + third.text() + "/pack");
        byte[] bytes = Files.readAllBytes(pack);
        bytes[100] ^= 1;
        Files.write(pack, bytes);

        CopyStore.Outcome outcome = copy(to());

        assertThat(outcome.failures()).extracting(Failure::code).containsExactly("checkpoint-damaged");
        assertThat(ids(to())).containsExactly(second);
        assertThat(directory.resolve("to/incoming")).isEmptyDirectory();
    }

    @Test
    void whatWasDeletedThereIsNotBroughtBackWhileOthersNeedIt() throws IOException {
        CheckpointId first = GuestsInStores.take(from(), 0);
        CheckpointId second = GuestsInStores.take(from(), 1);
        copy(to());
        to().delete(first);

        CopyStore.Outcome outcome = copy(to());
        assertThat(outcome.skipped()).containsExactly(first.text());
        assertThat(ids(to())).containsExactly(second);
    }

    @Test
    void aStoreIsNotCopiedIntoItselfNorIntoOneThatStaysClosed() throws IOException {
        GuestsInStores.take(from(), 0);
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("from"));
        assertThatThrownBy(() -> copy(store(String.valueOf(link.getFileName()), StoreKeys.none())))
                .isInstanceOf(BadInput.class);
        Path keyFile = directory.resolve("key");
        new MakeKeyFile(new Random(7)).run(keyFile);
        new InitStore(new DirectoryBackend(directory.resolve("to")), new Random(8))
                .run(Optional.of(() -> new ReadKey(argv -> "").run(new KeyOrigin.File(keyFile))));
        assertThatThrownBy(() -> copy(to())).isInstanceOf(Refused.class);
    }

    @Test
    void statCountsWhatIsThere() throws IOException {
        assertThat(new MeasureStore(from()).run().checkpoints()).isZero();
        CheckpointId first = GuestsInStores.take(from(), 0);
        GuestsInStores.take(from(), 1);
        GuestsInStores.take(from(), 2);
        from().delete(first);
        MeasureStore.Outcome outcome = new MeasureStore(from()).run();

        assertThat(outcome.checkpoints()).isEqualTo(2);
        assertThat(outcome.guests()).isEqualTo(1);
        assertThat(outcome.retiredPacks()).isEqualTo(1);
        assertThat(outcome.retiredBytes()).isPositive().isLessThan(outcome.storedBytes());
        assertThat(outcome.pages()).isBetween(1L, 1800L);
        assertThat(outcome.logicalBytes())
                .isEqualTo(
                        from().list().stream().mapToLong(Manifest::imageBytes).sum());
        assertThat(outcome.encrypted()).isFalse();
        assertThat(outcome.unreadable()).isEmpty();
    }

    @Test
    void theReserveIsNotEaten() {
        PackedStore store = new PackedStore(
                new DirectoryBackend(directory.resolve("small")), StoreKeys.none(), new Random(1), Long.MAX_VALUE / 2);
        assertThat(store.freeBytes()).isZero();
        assertThatThrownBy(() -> GuestsInStores.take(store, 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("reserve");
        assertThat(store.list()).isEmpty();
        assertThat(directory.resolve("small/incoming")).isEmptyDirectory();
    }
}
