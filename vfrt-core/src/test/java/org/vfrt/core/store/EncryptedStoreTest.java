package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.VerifyCheckpoint;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.key.AccessKey;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.key.MakeKeyFile;
import org.vfrt.core.key.ReadKey;

/** Stores that say of themselves what opens them. */
final class EncryptedStoreTest {

    @TempDir
    private Path directory;

    private int seeds;

    private Path place() {
        return directory.resolve("store");
    }

    private PackedStore store(StoreKeys keys) {
        return new PackedStore(new DirectoryBackend(place()), keys, new Random(++seeds), 0);
    }

    private Supplier<AccessKey> key(String name) {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
            new MakeKeyFile(new Random(name.hashCode())).run(file);
        }
        return () -> new ReadKey(argv -> "").run(new KeyOrigin.File(file));
    }

    private PackedStore with(String key) {
        return store(StoreKeys.of(key(key)));
    }

    private void init(Optional<Supplier<AccessKey>> key) {
        new InitStore(new DirectoryBackend(place()), new Random(++seeds)).run(key);
    }

    private static void refused(String code, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void whatIsStoredComesBackWithTheKeyAndIsNowhereInClear() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);

        byte[] image = GuestsInStores.image(with("a"), id);
        PackedStore plain =
                new PackedStore(new DirectoryBackend(directory.resolve("plain")), StoreKeys.none(), new Random(5), 0);
        CheckpointId twin = GuestsInStores.take(plain, 0);
        assertThat(image).isEqualTo(GuestsInStores.image(plain, twin));
        assertThat(with("a").definition(id)).isEqualTo(GuestsInStores.xml());
        assertThat(new CheckStore(with("a"), Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
        String pack =
                Files.readString(StoreFiles.pack(new StoreFiles(place()).checkpoint(id)), StandardCharsets.ISO_8859_1);
        assertThat(pack).doesNotContain(GuestsInStores.WEB.toString());
    }

    @Test
    void nobodyWithoutTheKeyCanTryOutWhatIsInADefinition() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);
        byte[] xml = with("a").definition(id).getBytes(StandardCharsets.UTF_8);
        assertThat(with("a").manifest(id).definitionSha256()).isNotEqualTo(Sha256.of(xml));
    }

    @Test
    void aStoreThatLostItsHeadIsNotGoneOnWithInClear() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);
        byte[] head = Files.readAllBytes(place().resolve("store.json"));
        Files.delete(place().resolve("store.json"));
        assertThatThrownBy(() -> GuestsInStores.take(store(StoreKeys.none()), 1))
                .isInstanceOfSatisfying(Damaged.class, e -> assertThat(e.code()).isEqualTo("store-head-missing"));
        assertThat(place().resolve("store.json")).doesNotExist();
        Files.write(place().resolve("store.json"), head);
        GuestsInStores.take(with("a"), 1);
        assertThat(with("a").list()).hasSize(2).extracting(Manifest::id).contains(id);
    }

    @Test
    void aStoreThatCannotBeReadAsAWholeSaysNothingOfItsCheckpoints() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);
        new VerifyCheckpoint(with("a"), Clock.systemUTC()).run(id, Progress.NONE);
        Path file = place().resolve("store.json");
        byte[] head = Files.readAllBytes(file);
        new InitStore(new DirectoryBackend(directory.resolve("other")), new Random(99)).run(Optional.of(key("a")));
        byte[] foreign = Files.readAllBytes(directory.resolve("other/store.json"));
        new InitStore(new DirectoryBackend(directory.resolve("plain")), new Random(98)).run(Optional.empty());
        byte[] plain = Files.readAllBytes(directory.resolve("plain/store.json"));

        Files.write(file, Arrays.copyOf(head, 100));
        closed("store-head-damaged", id, with("a"));
        Files.write(file, foreign);
        closed("store-head-foreign", id, with("a"));
        Files.write(file, plain);
        closed("store-head-foreign", id, store(StoreKeys.none()));
        Files.delete(file);
        closed("store-head-missing", id, store(StoreKeys.none()));

        Files.write(file, head);
        assertThat(with("a").damaged()).isEmpty();
        assertThat(with("a").verified()).containsOnlyKeys(id);
    }

    private static void closed(String code, CheckpointId id, PackedStore store) {
        for (ThrowingCallable read : List.<ThrowingCallable>of(
                () -> new VerifyCheckpoint(store, Clock.systemUTC()).run(id, Progress.NONE),
                () -> new CheckStore(store, Clock.systemUTC()).run(true, Progress.NONE))) {
            assertThatThrownBy(read)
                    .isInstanceOfSatisfying(
                            Damaged.class, e -> assertThat(e.code()).isEqualTo(code));
        }
        assertThat(store.notWritable())
                .hasValueSatisfying(reason -> assertThat(reason.code()).isEqualTo(code));
    }

    @Test
    void listsNeedNoKeyAndDoNotAskForIt() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);
        AtomicInteger asked = new AtomicInteger();
        PackedStore store = store(StoreKeys.of(() -> {
            asked.incrementAndGet();
            return key("a").get();
        }));

        assertThat(store.list()).extracting(Manifest::id).containsExactly(id);
        store.verified();
        assertThat(new MeasureStore(store).run().encrypted()).isTrue();
        assertThat(asked).hasValue(0);
        store.definition(id);
        store.definition(id);
        assertThat(asked).hasValue(1);
        GuestsInStores.take(store, 1);
        assertThat(asked).hasValue(1);
        assertThat(store(StoreKeys.none()).list()).hasSize(2);
    }

    @Test
    void aPlainStoreThatBecameAnEncryptedOneMeanwhileIsNotFilledInClear() throws IOException {
        PackedStore plain = store(StoreKeys.none());
        assertThat(plain.notWritable()).isEmpty();
        init(Optional.of(key("a")));
        refused("store-key-missing", () -> GuestsInStores.take(plain, 0));
        assertThat(with("a").list()).isEmpty();
    }

    @Test
    void eachMistakeWithKeysHasItsOwnCodeAndNothingIsWritten() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);
        refused("wrong-store-key", () -> with("b").definition(id));
        refused("wrong-store-key", () -> GuestsInStores.take(with("b"), 1));
        refused("store-key-missing", () -> store(StoreKeys.none()).image(id));
        refused("store-key-missing", () -> new CollectGarbage(store(StoreKeys.none())).run(false, Progress.NONE));
        assertThat(with("b").notWritable()).map(Reason::code).contains("wrong-store-key");
        assertThat(with("a").notWritable()).isEmpty();
        assertThat(with("a").list()).hasSize(1);
    }

    @Test
    void aDirectoryWithoutAHeadIsAPlainStoreAndGetsOneWithItsFirstCheckpoint() throws IOException {
        refused("store-not-encrypted", () -> GuestsInStores.take(with("a"), 0));
        assertThat(place()).doesNotExist();
        GuestsInStores.take(store(StoreKeys.none()), 0);

        Path head = place().resolve("store.json");
        String first = Files.readString(head);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(head)))
                .isEqualTo("rw-------");
        GuestsInStores.take(store(StoreKeys.none()), 1);
        assertThat(Files.readString(head)).isEqualTo(first);

        Files.delete(head);
        GuestsInStores.take(store(StoreKeys.none()), 2);
        assertThat(head).exists();
        assertThat(store(StoreKeys.none()).list()).hasSize(3);
    }

    @Test
    void aStoreIsNeverMadeOverAnother() throws IOException {
        init(Optional.empty());
        refused("store-exists", () -> init(Optional.of(key("a"))));
        Files.delete(place().resolve("store.json"));
        GuestsInStores.take(store(StoreKeys.none()), 0);
        Files.delete(place().resolve("store.json"));
        refused(
                "store-not-empty",
                () -> init(Optional.of(() -> {
                    throw new AssertionError("no key is made for a store that is refused");
                })));
    }

    @Test
    void noFlippedBitOfTheHeadMakesTheStoreAnotherOne() throws IOException {
        init(Optional.of(key("a")));
        Path head = place().resolve("store.json");
        byte[] whole = Files.readAllBytes(head);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] = (byte) (flipped[bit / 8] ^ (1 << (bit % 8)));
            Files.write(head, flipped);
            assertThatThrownBy(() -> with("a").packs(Backend.Use.LOOK))
                    .as("bit %s", bit)
                    .isInstanceOf(Damaged.class);
        }
        Files.write(head, new byte[0]);
        assertThatThrownBy(() -> with("a").packs(Backend.Use.LOOK)).isInstanceOf(Damaged.class);
        Files.write(head, whole);
        with("a").packs(Backend.Use.LOOK).close();
    }

    private void change(String from, String to) {
        new ChangeStoreKey(new DirectoryBackend(place()), new Random(++seeds)).run(Optional.of(key(from)), key(to));
    }

    @Test
    void afterAChangeTheNewKeyOpensEverythingAndTheOldOneNothing() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);
        Path pack = StoreFiles.pack(new StoreFiles(place()).checkpoint(id));
        byte[] before = Files.readAllBytes(pack);
        byte[] image = GuestsInStores.image(with("a"), id);

        refused("wrong-store-key", () -> change("b", "c"));
        change("a", "b");

        assertThat(GuestsInStores.image(with("b"), id)).isEqualTo(image);
        assertThat(Files.readAllBytes(pack)).isEqualTo(before);
        refused("wrong-store-key", () -> with("a").definition(id));
        change("b", "b");
        assertThat(with("b").definition(id)).isEqualTo(GuestsInStores.xml());
        assertThat(new StoreHeadFile(new DirectoryBackend(place()))
                        .read()
                        .orElseThrow()
                        .slots())
                .hasSize(1);
    }

    @Test
    void aChangeThatWasInterruptedLeavesBothKeysAndCanBeDoneAgain() throws IOException {
        init(Optional.of(key("a")));
        CheckpointId id = GuestsInStores.take(with("a"), 0);
        StoreHeadFile file = new StoreHeadFile(new DirectoryBackend(place()));
        StoreHead old = file.read().orElseThrow();
        change("a", "b");
        StoreHead fresh = file.read().orElseThrow();
        List<KeySlot> both = new ArrayList<>(old.slots());
        both.addAll(fresh.slots());
        file.write(new StoreHead(old.id(), both));

        assertThat(with("a").definition(id)).isEqualTo(with("b").definition(id));
        change("a", "b");
        assertThat(file.read().orElseThrow().slots()).hasSize(1);
        refused("wrong-store-key", () -> with("a").definition(id));
        assertThat(with("b").definition(id)).isEqualTo(GuestsInStores.xml());
    }

    @Test
    void aSlotOfAnotherStoreOpensNothing() throws IOException {
        init(Optional.of(key("a")));
        StoreHeadFile file = new StoreHeadFile(new DirectoryBackend(place()));
        StoreHead head = file.read().orElseThrow();
        file.write(new StoreHead(new UUID(1, 2), head.slots()));
        refused("wrong-store-key", () -> with("a").packs(Backend.Use.LOOK));
    }

    @Test
    void aPlainStoreHasNoKeyToChange() {
        init(Optional.empty());
        assertThatThrownBy(() -> change("a", "b"))
                .isInstanceOfSatisfying(Failure.class, e -> assertThat(e.code()).isEqualTo("store-not-encrypted"));
    }
}
