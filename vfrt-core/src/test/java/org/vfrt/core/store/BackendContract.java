package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.key.AccessKey;
import org.vfrt.core.key.KeyCommand;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.key.ReadKey;
import org.vfrt.core.pack.StoreKey;

/** What a store does wherever it is kept, and what every place has to do for it. */
public abstract class BackendContract {

    private static final UUID WEB = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    private static final Instant FIRST = Instant.parse("2026-11-22T10:15:00Z");

    private StoreKey key = StoreKey.none();
    private final Map<CheckpointId, byte[]> expected = new HashMap<>();
    private int taken;

    /** Returns a place, the same for the same name within one test, as another process would open it. */
    protected abstract Backend backend(String name);

    private Backend backend() {
        return backend("store");
    }

    private PackedStore store() {
        return new PackedStore(backend(), key, new Random(++taken));
    }

    private static PackedStore store(Backend backend, StoreKeys keys) {
        return new PackedStore(backend, keys, new Random(), 0);
    }

    private static Supplier<AccessKey> key(int number) {
        KeyCommand prints = argv -> String.format("%064x", number);
        return () -> new ReadKey(prints).run(new KeyOrigin.Command(List.of("print")));
    }

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

    private static void receive(Incoming incoming, SyntheticStream memory) throws IOException {
        try (InputStream stream = memory.open()) {
            new StreamCheck(memory.limits()).read(stream, incoming.stream());
        }
    }

    private static void commit(Incoming incoming, UUID guest) {
        incoming.commit(CheckpointStoreContract.XML, CheckpointStoreContract.manifest(incoming.id(), guest));
    }

    private byte[] image(CheckpointId id) throws IOException {
        return GuestsInStores.image(store(), id);
    }

    private List<CheckpointId> ids() {
        return store().list().stream().map(Manifest::id).toList();
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

    private CollectGarbage.Outcome collect() {
        return new CollectGarbage(store()).run(false, Progress.NONE);
    }

    // --- stores

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsDeletedIsFreedAndTheOthersStay(boolean encrypted) throws IOException {
        key = encrypted ? StoreCrashTest.key(true) : StoreKey.none();
        List<CheckpointId> ids = new ArrayList<>();
        for (int step = 0; step < 8; step++) {
            ids.add(take(WEB, memory(step)));
        }
        for (CheckpointId id : ids.subList(0, 6)) {
            store().delete(id);
        }
        long before = packBytes(ids);
        CollectGarbage.Outcome planned = new CollectGarbage(store()).run(true, Progress.NONE);
        assertThat(packBytes(ids)).isEqualTo(before);
        CollectGarbage.Outcome done = collect();

        assertThat(done.freedBytes()).isPositive();
        assertThat(done.removed() + done.rewritten()).isEqualTo(planned.removed() + planned.rewritten());
        assertThat(done.rewritten()).isPositive();
        assertThat(packBytes(ids)).isEqualTo(before - done.freedBytes());
        everyCheckpointIsAsItWas();
        assertThat(collect()).isEqualTo(new CollectGarbage.Outcome(0, 0, 0));
    }

    private long packBytes(List<CheckpointId> ids) throws IOException {
        long bytes = 0;
        for (CheckpointId id : ids) {
            bytes += backend().packBytes(id).orElse(0);
        }
        return bytes;
    }

    @Test
    void whatNobodyNeedsAnyMoreGoesWhole() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        take(OTHER, SyntheticStream.of(SyntheticStream.Kind.PVH, 500).seed(99));
        store().delete(first);
        collect();

        assertThat(backend().packBytes(first)).isEmpty();
        assertThat(backend().retired()).isEmpty();
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
            collect();
            commit(incoming, WEB);
        }

        assertThat(ids()).containsExactly(late);
        collect();
        CheckpointId again = take(OTHER, memory(2));
        assertThat(image(late)).isEqualTo(image(again));
        assertThat(new CheckStore(store(), Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
    }

    @Test
    void whoReadsReadsOnWhateverIsDeletedAndCollected() throws IOException {
        List<CheckpointId> ids = new ArrayList<>();
        for (int step = 0; step < 4; step++) {
            ids.add(take(WEB, memory(step)));
        }
        byte[] whole = expected.getOrDefault(ids.get(2), new byte[0]);
        try (InputStream image = store().image(ids.get(2))) {
            byte[] begin = image.readNBytes(100_000);
            for (CheckpointId id : ids.subList(0, 3)) {
                store().delete(id);
            }
            collect();
            byte[] rest = image.readAllBytes();
            assertThat(begin.length + rest.length).isEqualTo(whole.length);
            assertThat(rest).isEqualTo(Arrays.copyOfRange(whole, begin.length, whole.length));
        }
        collect();
        everyCheckpointIsAsItWas();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void whateverIsTakenDeletedAndCollectedInWhateverOrderTheOthersStay(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        key = StoreCrashTest.key(random.nextBoolean());
        for (int step = 0; step < 15; step++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> take(random.nextBoolean() ? WEB : OTHER, memory(random.nextInt(6)));
                case 2 -> {
                    List<CheckpointId> there = ids();
                    if (!there.isEmpty()) {
                        store().delete(there.get(random.nextInt(there.size())));
                    }
                }
                default -> collect();
            }
        }
        everyCheckpointIsAsItWas();
    }

    @Test
    void aStoreIsMadeEncryptedOnceAndOpenedByItsKeyOnly() throws IOException {
        new InitStore(backend(), new Random()).run(Optional.of(key(1)));
        assertThatThrownBy(() -> new InitStore(backend(), new Random()).run(Optional.empty()))
                .isInstanceOf(Refused.class);
        PackedStore open = store(backend(), StoreKeys.of(key(1)));
        CheckpointId id = GuestsInStores.take(open, 0);
        assertThat(store(backend(), StoreKeys.none()).list()).hasSize(1);
        assertThatThrownBy(() -> store(backend(), StoreKeys.of(key(2))).definition(id))
                .isInstanceOf(Refused.class);

        new ChangeStoreKey(backend(), new Random()).run(Optional.of(key(1)), key(2));
        assertThatThrownBy(() -> store(backend(), StoreKeys.of(key(1))).definition(id))
                .isInstanceOf(Refused.class);
        assertThat(store(backend(), StoreKeys.of(key(2))).definition(id)).isEqualTo(GuestsInStores.xml());
        assertThat(new MeasureStore(open).run().encrypted()).isTrue();
        assertThat(StoreName.of(backend())).isPresent();
    }

    @Test
    void aStoreIsCopiedFromAndToAndGoesOnWhereItWas() throws IOException {
        PackedStore from = store(backend("from"), StoreKeys.none());
        PackedStore to = store(backend("to"), StoreKeys.none());
        CheckpointId first = GuestsInStores.take(from, 0);
        new CopyStore(from, to, false).run(false, Progress.NONE);
        CheckpointId second = GuestsInStores.take(from, 1);
        // As a killed copy leaves it: begun, and neither complete nor gone.
        Incoming killed = to.begin(second, GuestsInStores.WEB);
        assertThat(killed.id()).isEqualTo(second);
        from.noteVerified(first, FIRST);
        CopyStore.Outcome outcome =
                new CopyStore(from, store(backend("to"), StoreKeys.none()), false).run(false, Progress.NONE);

        assertThat(outcome.copied()).extracting(Manifest::id).containsExactly(second);
        assertThat(outcome.there()).isEqualTo(1);
        for (CheckpointId id : List.of(first, second)) {
            assertThat(GuestsInStores.image(to, id)).isEqualTo(GuestsInStores.image(from, id));
        }
        assertThatThrownBy(() ->
                        new CopyStore(from, store(backend("from"), StoreKeys.none()), false).run(false, Progress.NONE))
                .hasMessageContaining("is the store that would be copied");
    }

    @Test
    void whatIsThereIsCounted() throws IOException {
        assertThat(new MeasureStore(store()).run().checkpoints()).isZero();
        CheckpointId first = take(WEB, memory(0));
        take(WEB, memory(1));
        store().delete(first);
        MeasureStore.Outcome outcome = new MeasureStore(store()).run();
        assertThat(outcome.checkpoints()).isEqualTo(1);
        assertThat(outcome.retiredPacks()).isEqualTo(1);
        assertThat(outcome.retiredBytes()).isPositive().isLessThan(outcome.storedBytes());
        assertThat(outcome.pages()).isBetween(1L, 1800L);
        assertThat(outcome.freeBytes()).isPositive();
    }

    @Test
    void whatDamageWasFoundIsNotBuiltOn() throws IOException {
        CheckpointId first = take(WEB, memory(0));
        assertThat(store().addedBytes(first)).isPresent();
        store().noteDamaged(first, Instant.parse("2027-01-01T00:00:00Z"));
        // So the next one is expected to take what a first one does.
        assertThat(store().addedBytes(first)).isEmpty();
        CheckpointId second = take(WEB, memory(0));
        assertThat(backend().packBytes(second).orElse(0)).isGreaterThan(1L << 20);
    }

    // --- places

    @Test
    void notesAreReplacedWholeAndListedByKind() throws IOException {
        backend().found();
        Notes notes = backend().notes();
        assertThat(notes.read("baseline", 10)).isEmpty();
        assertThat(notes.names("verified")).isEmpty();
        notes.put("baseline", text("one"));
        notes.put("baseline", text("two"));
        notes.put("verified/a", text("x"));
        notes.put("verified/b", text("y"));
        assertThat(backend().notes().read("baseline", 10)).contains(text("two"));
        assertThatThrownBy(() -> notes.read("baseline", 2)).isInstanceOf(IOException.class);
        assertThat(notes.names("verified")).containsExactly("a", "b");
        assertThat(notes.all("verified", 1)).containsOnlyKeys("a", "b");
        notes.remove("verified/a");
        notes.remove("verified/a");
        assertThat(notes.names("verified")).containsExactly("b");
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void aLockIsHeldByOneAtATime() throws Exception {
        backend().found();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger turns = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Backend own = backend();
            all.add(threads.submit(() -> {
                for (int turn = 0; turn < 5; turn++) {
                    own.lock(Backend.Lock.CHANGES).holding(() -> {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        inside.decrementAndGet();
                        return turns.incrementAndGet();
                    });
                }
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get();
        }
        threads.shutdown();
        assertThat(most).hasValue(1);
        assertThat(turns).hasValue(20);
    }

    @Test
    void whoeverDoesNotWaitForALockIsToldThatItIsHeld() throws Exception {
        backend().found();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Thread holder = new Thread(() -> {
            try {
                backend().lock(Backend.Lock.COLLECTING).holding(() -> {
                    held.countDown();
                    await(done);
                    return 1;
                });
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        holder.start();
        held.await();
        assertThat(backend().lock(Backend.Lock.COLLECTING).tryHolding(() -> 1)).isEmpty();
        assertThat(backend().lock(Backend.Lock.COPYING).tryHolding(() -> 1)).contains(1);
        done.countDown();
        holder.join();
        assertThat(backend().lock(Backend.Lock.COLLECTING).tryHolding(() -> 2)).contains(2);
        assertThatThrownBy(() -> backend().lock(Backend.Lock.CHANGES).holding(() -> {
                    throw new IOException("in the middle");
                }))
                .hasMessage("in the middle");
        assertThat(backend().lock(Backend.Lock.CHANGES).holding(() -> 3)).isEqualTo(3);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPlaceIsKnownAgain() throws IOException {
        backend("a").found();
        backend("b").found();
        take(WEB, memory(0));
        assertThat(backend().isSameAs(backend())).isTrue();
        assertThat(backend("a").isSameAs(backend("b"))).isFalse();
        assertThat(backend().exists()).isTrue();
        assertThat(backend("none").exists()).isFalse();
        assertThat(backend("none").bytes()).isZero();
        assertThat(backend().notWritable()).isEmpty();
    }
}
