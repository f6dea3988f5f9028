package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.pack.StoreIndex;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.process.KnownProcess;

/** What the store does with the memory of guests: streams of which parts repeat. */
final class PackedStoreTest {

    private static final UUID WEB = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    private static final Instant FIRST = Instant.parse("2026-11-22T10:15:00Z");

    @TempDir
    private Path directory;

    private StoreKey key = StoreKey.none();
    private final Map<CheckpointId, byte[]> expected = new HashMap<>();
    private int taken;

    private PackedStore store() {
        return new PackedStore(new DirectoryBackend(directory.resolve("store")), key, new Random(++taken));
    }

    private static StoreKey secret() {
        byte[] secret = new byte[StoreKey.BYTES];
        secret[0] = 1;
        return StoreKey.of(secret);
    }

    /** A guest's memory at a step: an eighth of it changes with each. */
    private static SyntheticStream memory(int step) {
        return SyntheticStream.of(SyntheticStream.Kind.PVH, 600).live(1 + step);
    }

    private CheckpointId take(UUID guest, SyntheticStream memory) throws IOException {
        CheckpointId id = CheckpointId.at(FIRST.plusSeconds(++taken));
        try (Incoming incoming = store().begin(id, guest)) {
            receive(incoming, memory);
            commit(incoming, guest);
        }
        expected.put(id, image(id));
        return id;
    }

    /** Behind whatever was found damaged until an hour ago. */
    private CheckpointId takeNow(UUID guest, SyntheticStream memory) throws IOException {
        taken = Math.max(taken, (int) Duration.between(FIRST, Instant.now()).toSeconds() - 1800);
        return take(guest, memory);
    }

    private static Clock anHourAgo() {
        return Clock.offset(Clock.systemUTC(), Duration.ofHours(-1));
    }

    private long packBytes(CheckpointId id) throws IOException {
        return Files.size(directory.resolve("store/checkpoints/" + id.text() + "/pack"));
    }

    private void damage(CheckpointId id) throws IOException {
        Path pack = directory.resolve("store/checkpoints/" + id.text() + "/pack");
        byte[] damaged = Files.readAllBytes(pack);
        for (int at = 100; at < damaged.length / 2; at += 1000) {
            damaged[at] = (byte) ~damaged[at];
        }
        Files.write(pack, damaged);
    }

    private byte[] image(CheckpointId id) throws IOException {
        try (InputStream image = store().image(id)) {
            return image.readAllBytes();
        }
    }

    private List<CheckpointId> ids() {
        return store().list().stream().map(Manifest::id).toList();
    }

    private static void receive(Incoming incoming, SyntheticStream memory) throws IOException {
        try (InputStream stream = memory.open()) {
            new StreamCheck(memory.limits()).read(stream, incoming.stream());
        }
    }

    private static void commit(Incoming incoming, UUID guest) {
        incoming.commit(CheckpointStoreContract.XML, CheckpointStoreContract.manifest(incoming.id(), guest));
    }

    private void everyCheckpointIsAsItWas() throws IOException {
        for (CheckpointId id : ids()) {
            assertThat(image(id)).as(id.text()).isEqualTo(expected.get(id));
        }
        assertThat(new CheckStore(store(), Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
    }

    private long packBytes() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.endsWith("pack"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsDeletedIsFreedAndTheOthersStay(boolean encrypted) throws IOException {
        key = encrypted ? secret() : StoreKey.none();
        List<CheckpointId> ids = new ArrayList<>();
        for (int step = 0; step < 12; step++) {
            ids.add(take(WEB, memory(step)));
        }
        long before = packBytes();
        for (CheckpointId id : ids.subList(0, 10)) {
            store().delete(id);
        }
        CollectGarbage.Outcome planned = new CollectGarbage(store()).run(true, Progress.NONE);
        assertThat(packBytes()).isEqualTo(before);
        CollectGarbage.Outcome done = new CollectGarbage(store()).run(false, Progress.NONE);

        assertThat(done.freedBytes()).isPositive();
        assertThat(done.removed() + done.rewritten()).isEqualTo(planned.removed() + planned.rewritten());
        assertThat(packBytes()).isEqualTo(before - done.freedBytes());
        everyCheckpointIsAsItWas();
        assertThat(new CollectGarbage(store()).run(false, Progress.NONE).removed())
                .isZero();
    }

    @Test
    void whatNobodyNeedsAnyMoreGoesWhole() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        take(OTHER, SyntheticStream.of(SyntheticStream.Kind.PVH, 500).seed(99));
        store().delete(first);
        new CollectGarbage(store()).run(false, Progress.NONE);

        assertThat(directory.resolve("store/retired/" + first.text())).doesNotExist();
        everyCheckpointIsAsItWas();
    }

    @Test
    void aCaptureLosesNothingToACollectionBesideIt() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        CheckpointId parent = take(WEB, memory(1));
        CheckpointId late = CheckpointId.at(Instant.parse("2026-11-23T10:15:00Z"));
        try (Incoming incoming = store().begin(late, WEB)) {
            receive(incoming, memory(2));
            // While it is in the making, everything it leads to is deleted and collected.
            store().delete(first);
            store().delete(parent);
            assertThat(new CollectGarbage(store()).run(false, Progress.NONE).removed())
                    .isEqualTo(2);
            commit(incoming, WEB);
        }

        assertThat(ids()).containsExactly(late);
        key = StoreKey.none();
        CheckpointId again = take(OTHER, memory(2));
        assertThat(image(late)).isEqualTo(image(again));
        assertThat(new CheckStore(store(), Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
    }

    @Test
    void everyFlippedBitIsFoundAndTheOthersStayRestorable() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        CheckpointId second = take(WEB, memory(1));
        CheckpointId apart =
                take(OTHER, SyntheticStream.of(SyntheticStream.Kind.PVH, 100).seed(5));
        long seed = 20261125;
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 150; round++) {
            CheckpointId hit = random.nextBoolean() ? first : second;
            Path pack = directory.resolve("store/checkpoints/" + hit.text() + "/pack");
            byte[] whole = Files.readAllBytes(pack);
            byte[] damaged = whole.clone();
            int bit = random.nextInt(damaged.length * 8);
            damaged[bit / 8] = (byte) (damaged[bit / 8] ^ (1 << (bit % 8)));
            Files.write(pack, damaged);

            CheckStore.Outcome found = new CheckStore(store(), Clock.systemUTC()).run(true, Progress.NONE);

            assertThat(found.wrong())
                    .as("seed %s, round %s, bit %s of %s", seed, round, bit, hit)
                    .isNotEmpty();
            assertThat(found.suffering()).doesNotContainKey(apart.text());
            for (CheckpointId id : List.of(first, second, apart)) {
                if (!found.suffering().containsKey(id.text())) {
                    assertThat(image(id)).isEqualTo(expected.get(id));
                }
            }
            Files.write(pack, whole);
        }
        assertThat(new CheckStore(store(), Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .suffering())
                .isEmpty();
    }

    /** What a check condemns cannot be read, and what it does not can: else a person deletes what is whole. */
    @Test
    void aCheckAndAReaderSayTheSameOfAFlippedBit() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        CheckpointId second = take(WEB, memory(1));
        long seed = 20261130;
        SplittableRandom random = new SplittableRandom(seed);
        for (CheckpointId id : List.of(first, second)) {
            Path pack = directory.resolve("store/checkpoints/" + id.text() + "/pack");
            byte[] whole = Files.readAllBytes(pack);
            // The ends of the file, where all is that leads to pages, and a little of the pages.
            for (int round = 0; round < 200; round++) {
                int at = round % 8 == 0 ? random.nextInt(whole.length) : whole.length - 1 - random.nextInt(3000);
                byte[] damaged = whole.clone();
                damaged[at] = (byte) (damaged[at] ^ (1 << random.nextInt(8)));
                Files.write(pack, damaged);
                Set<String> condemned = new CheckStore(store(), anHourAgo())
                        .run(true, Progress.NONE)
                        .suffering()
                        .keySet();
                for (CheckpointId one : List.of(first, second)) {
                    assertThat(condemned.contains(one.text()))
                            .as("seed %s, round %s, byte %s of the pack of %s: %s", seed, round, at, id, one)
                            .isEqualTo(!readable(one));
                }
            }
            Files.write(pack, whole);
        }
    }

    private boolean readable(CheckpointId id) {
        try {
            return image(id).length > 0 && !store().definition(id).isEmpty();
        } catch (Failure | IOException | UncheckedIOException e) {
            return false;
        }
    }

    /** All files but the packs, of which there is a test, and locks, which are empty. */
    @Test
    void aFlippedBitInManifestsNotesAndIndexIsFoundToo() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        CheckpointId second = take(WEB, memory(1));
        store().noteDamaged(first, Instant.parse("2026-11-28T10:00:00.5Z"));
        store().noteVerified(second, Instant.parse("2026-11-28T11:00:00Z"));
        Path root = directory.resolve("store");
        List<Path> files;
        try (Stream<Path> walk = Files.walk(root)) {
            files = walk.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("pack") && file.toFile().length() > 0)
                    .sorted()
                    .toList();
        }
        assertThat(files)
                .extracting(file -> root.relativize(file).toString())
                .contains(
                        "store.json",
                        "baseline",
                        "index/packs",
                        "index/pages",
                        "damaged/" + first.text(),
                        "verified/" + second.text(),
                        "checkpoints/" + first.text() + "/manifest.json");
        assertThat(odd()).isFalse();
        long seed = 20261128;
        SplittableRandom random = new SplittableRandom(seed);
        Map<Path, byte[]> contents = new HashMap<>();
        for (Path file : files) {
            contents.put(file, Files.readAllBytes(file));
        }
        for (Path file : files) {
            byte[] whole = contents.getOrDefault(file, new byte[0]);
            for (int round = 0; round < 60; round++) {
                int bit = random.nextInt(whole.length * 8);
                byte[] damaged = whole.clone();
                damaged[bit / 8] = (byte) (damaged[bit / 8] ^ (1 << (bit % 8)));
                Files.write(file, damaged);
                assertThat(odd()).as("seed %s, bit %s of %s", seed, bit, file).isTrue();
            }
            // What a check finds it notes.
            for (Map.Entry<Path, byte[]> one : contents.entrySet()) {
                Files.write(one.getKey(), one.getValue());
            }
        }
    }

    /** Whether a check sees anything that is not as it should be. */
    private boolean odd() {
        try {
            CheckStore.Outcome outcome = new CheckStore(store(), Clock.systemUTC()).run(true, Progress.NONE);
            return !outcome.wrong().isEmpty() || !outcome.doubtful().isEmpty();
        } catch (Failure e) {
            return true;
        }
    }

    @Test
    void aCollectionMakesTheIndexAnewWhereItLostPacks() throws IOException {
        take(WEB, memory(0));
        StoreIndex.remove(directory.resolve("store/index"));
        new CollectGarbage(store()).run(false, Progress.NONE);
        assertThat(directory.resolve("store/index/pages")).exists();
        assertThat(odd()).isFalse();
        CheckpointId again = take(OTHER, memory(0));
        assertThat(Files.size(directory.resolve("store/checkpoints/" + again.text() + "/pack")))
                .isLessThan(1 << 20);
    }

    @Test
    void aCollectionMakesTheIndexAnewAfterOneThatDied() throws IOException {
        take(WEB, memory(0));
        Path index = directory.resolve("store/index");
        byte[] before = Files.readAllBytes(index.resolve("pages"));
        Files.write(directory.resolve("store/index.stale"), new byte[0]);
        Files.write(index.resolve("pages"), mangled(before));
        new CollectGarbage(store()).run(false, Progress.NONE);
        assertThat(Files.readAllBytes(index.resolve("pages"))).isEqualTo(before);
        assertThat(directory.resolve("store/index.stale")).doesNotExist();
    }

    private static byte[] mangled(byte[] whole) {
        byte[] mangled = whole.clone();
        for (int i = 64; i < mangled.length; i += 97) {
            mangled[i] = (byte) (mangled[i] ^ 1);
        }
        return mangled;
    }

    @Test
    void aCheckpointWhoseNeedsAreUnknownStopsACollection() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        take(WEB, memory(1));
        Files.write(directory.resolve("store/checkpoints/" + first.text() + "/pack"), new byte[10]);

        assertThatThrownBy(() -> new CollectGarbage(store()).run(false, Progress.NONE))
                .isInstanceOf(Damaged.class);
    }

    @Test
    void whatIsTakenInPlaceOfADamagedOneDoesNotBuildOnIt() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        damage(first);
        assertThat(new CheckStore(store(), anHourAgo()).run(true, Progress.NONE).suffering())
                .containsOnlyKeys(first.text());

        CheckpointId instead = takeNow(WEB, memory(0));
        CheckpointId next = takeNow(WEB, memory(0));

        assertThat(image(instead)).isEqualTo(expected.get(first));
        assertThat(image(next)).isEqualTo(expected.get(first));
        assertThat(new CheckStore(store(), anHourAgo()).run(true, Progress.NONE).suffering())
                .containsOnlyKeys(first.text());
        // Damage that is known already makes nobody begin anew once more.
        assertThat(packBytes(next)).isLessThan(4096);
        assertThat(packBytes(takeNow(WEB, memory(0)))).isLessThan(4096);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rubbish", "of a moment to come"})
    void aBaselineThatIsWrongCostsOneWholeCheckpointAndNotAll(String what) throws IOException {
        takeNow(WEB, memory(0));
        String note = what.equals("rubbish")
                ? what
                : new String(
                        NotedMoment.bytes("baseline", Instant.now().plus(Duration.ofDays(300))),
                        StandardCharsets.US_ASCII);
        Files.writeString(directory.resolve("store/baseline"), note);
        taken += 3600;
        CheckpointId now = CheckpointId.at(Instant.now());
        try (Incoming incoming = store().begin(now, WEB)) {
            receive(incoming, memory(0));
            commit(incoming, WEB);
        }
        assertThat(packBytes(now)).isGreaterThan(1 << 20);
        CheckpointId next = CheckpointId.at(Instant.now());
        try (Incoming incoming = store().begin(next, WEB)) {
            receive(incoming, memory(0));
            commit(incoming, WEB);
        }
        assertThat(packBytes(next)).isLessThan(4096);
    }

    @Test
    void whatWasFoundDamagedIsNotBuiltOnWhateverMomentItIsOf() throws IOException {
        CheckpointId toCome = CheckpointId.at(Instant.now().plus(Duration.ofDays(300)));
        try (Incoming incoming = store().begin(toCome, WEB)) {
            receive(incoming, memory(0));
            commit(incoming, WEB);
        }
        damage(toCome);
        assertThat(new CheckStore(store(), anHourAgo()).run(true, Progress.NONE).suffering())
                .containsOnlyKeys(toCome.text());
        assertThat(packBytes(takeNow(WEB, memory(0)))).isGreaterThan(1 << 20);
        assertThat(new CheckStore(store(), anHourAgo()).run(true, Progress.NONE).suffering())
                .containsOnlyKeys(toCome.text());
    }

    @Test
    void whatIsDeletedWhileAStoreIsCheckedIsNoDamage() throws IOException {
        take(WEB, memory(0));
        take(WEB, memory(1));
        CheckpointId third = take(WEB, memory(2));
        CheckStore.Outcome outcome = new CheckStore(store(), Clock.systemUTC()).run(true, (phase, done, total) -> {
            if (ids().contains(third)) {
                store().delete(third);
                new CollectGarbage(store()).run(false, Progress.NONE);
            }
        });
        assertThat(outcome.wrong()).isEmpty();
        assertThat(outcome.suffering()).isEmpty();

        assertThat(directory.resolve("store/baseline")).doesNotExist();
        assertThat(store().damaged()).isEmpty();
    }

    @Test
    void aPackThatIsMissingStopsACollectionAsADamagedOneDoes() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        take(WEB, memory(1));
        Files.delete(directory.resolve("store/checkpoints/" + first.text() + "/pack"));
        assertThatThrownBy(() -> new CollectGarbage(store()).run(false, Progress.NONE))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining("pack '" + first + "' is missing");
    }

    @Test
    void whatADeadProcessWasMakingGoesWithTheNextCollection() throws IOException {
        take(WEB, memory(0));
        Path incoming = directory.resolve("store/incoming");
        CheckpointId dead = CheckpointId.at(FIRST.plusSeconds(1000));
        CheckpointId living = CheckpointId.at(FIRST.plusSeconds(1001));
        for (CheckpointId id : List.of(dead, living)) {
            Files.createDirectory(incoming.resolve(id.text()));
            Files.write(incoming.resolve(id.text()).resolve("pack"), new byte[100]);
        }
        String[] here = KnownProcess.note().split(" ", -1);
        Files.writeString(incoming.resolve(living + ".maker"), KnownProcess.note());
        // Linux gives no process such a number.
        Files.writeString(incoming.resolve(dead + ".maker"), here[0] + " " + here[1] + " 99999999 -");
        new CollectGarbage(store()).run(false, Progress.NONE);
        assertThat(incoming.toFile().list()).containsExactlyInAnyOrder(living.text(), living + ".maker");
        // After a start of the machine nothing is made any more.
        Files.writeString(incoming.resolve(living + ".maker"), here[0] + " other/pid 1 -");
        new CollectGarbage(store()).run(false, Progress.NONE);
        assertThat(incoming.toFile().list()).isEmpty();
    }

    @Test
    void aLinkInPlaceOfAPartOfTheStoreIsRefused() throws IOException {
        take(WEB, memory(0));
        Path outside = Files.createDirectory(directory.resolve("outside"));
        for (String part : List.of("verified", "damaged", "retired", "incoming", "index", "checkpoints")) {
            Path inside = directory.resolve("store").resolve(part);
            Path aside = directory.resolve("aside");
            if (Files.exists(inside)) {
                Files.move(inside, aside);
            }
            Files.createSymbolicLink(inside, outside);
            assertThatThrownBy(() -> take(WEB, memory(0))).as(part).isInstanceOf(BadInput.class);
            assertThatThrownBy(() -> store().list()).as(part).isInstanceOf(BadInput.class);
            Files.delete(inside);
            if (Files.exists(aside)) {
                Files.move(aside, inside);
            }
        }
        assertThat(outside).isEmptyDirectory();
        everyCheckpointIsAsItWas();
    }

    @Test
    void aPageWhoseBaseIsGoneIsKeptAgain() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        CheckpointId second = take(WEB, memory(1));
        store().delete(first);
        Files.write(directory.resolve("store/retired/" + first.text() + "/pack"), new byte[10]);
        // Nobody has looked yet: no baseline is drawn.
        CheckpointId third = take(OTHER, memory(1));

        assertThat(image(third)).isEqualTo(expected.get(second));
    }

    @Test
    void aDamagedPackThatNobodyMissesGoes() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        CheckpointId apart =
                take(OTHER, SyntheticStream.of(SyntheticStream.Kind.PVH, 100).seed(5));
        Files.write(directory.resolve("store/checkpoints/" + first.text() + "/pack"), new byte[10]);
        store().delete(first);

        assertThat(new CollectGarbage(store()).run(false, Progress.NONE).removed())
                .isOne();
        assertThat(directory.resolve("store/retired/" + first.text())).doesNotExist();
        assertThat(ids()).containsExactly(apart);
        everyCheckpointIsAsItWas();
    }

    @Test
    void aDamagedPackThatACheckpointMissesStays() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        take(WEB, memory(1));
        store().delete(first);
        Files.write(directory.resolve("store/retired/" + first.text() + "/pack"), new byte[10]);

        assertThatThrownBy(() -> new CollectGarbage(store()).run(false, Progress.NONE))
                .isInstanceOf(Damaged.class);
        assertThat(directory.resolve("store/retired/" + first.text())).exists();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whateverIsTakenDeletedAndCollectedInWhateverOrderTheOthersStay(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        key = random.nextBoolean() ? secret() : StoreKey.none();
        for (int step = 0; step < 25; step++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> take(random.nextBoolean() ? WEB : OTHER, memory(random.nextInt(6)));
                case 2 -> {
                    List<CheckpointId> there = ids();
                    if (!there.isEmpty()) {
                        store().delete(there.get(random.nextInt(there.size())));
                    }
                }
                default -> new CollectGarbage(store()).run(false, Progress.NONE);
            }
        }
        everyCheckpointIsAsItWas();
    }
}
