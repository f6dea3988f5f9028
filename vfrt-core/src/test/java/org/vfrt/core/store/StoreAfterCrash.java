package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.pack.StoreKey;

/** Asserts what docs/format.md promises of a store that is opened after a crash, without any repair. */
final class StoreAfterCrash {

    static final UUID WEB = new UUID(1, 1);
    private static final Duration OPENED_WITHIN = Duration.ofSeconds(1);
    private static final CheckpointId NEXT = new CheckpointId("20271231T235959Z-00000000");

    private static final Map<Integer, String> IMAGES = new ConcurrentHashMap<>();

    private final Disk disk;
    private final StoreKey key;
    private final Promise promise;
    private long openedInNanos;

    StoreAfterCrash(Disk disk, StoreKey key, Promise promise) {
        this.disk = disk;
        this.key = key;
        this.promise = promise;
    }

    static PackedStore store(Disk disk, StoreKey key, long seed) {
        return new PackedStore(new DirectoryBackend(disk.root().resolve("store")), key, new Random(seed));
    }

    private PackedStore store() {
        return store(disk, key, 4711);
    }

    /** Learns how a generation's image looks when nothing goes wrong. */
    static void learn(PackedStore store, Deed.Take take) throws IOException {
        IMAGES.put(take.generation(), image(store, take.id()));
    }

    private static String image(PackedStore store, CheckpointId id) throws IOException {
        try (InputStream image = store.image(id)) {
            return Sha256.of(image.readAllBytes());
        }
    }

    /** Everything that was promised is there, and nothing else can be seen. Returns the promise with nothing left open. */
    Promise holds() throws IOException {
        long begun = System.nanoTime();
        CheckpointStore.Listing listing = store().listing();
        Set<CheckpointId> marks = store().verified().keySet();
        openedInNanos = System.nanoTime() - begun;

        assertThat(listing.unreadable()).isEmpty();
        Set<CheckpointId> there =
                new TreeSet<>(listing.manifests().stream().map(Manifest::id).toList());
        Map<CheckpointId, Integer> allowed = new TreeMap<>(promise.sure());
        allowed.putAll(promise.open());
        assertThat(there).containsAll(promise.sure().keySet());
        assertThat(allowed.keySet()).containsAll(there);
        for (CheckpointId id : there) {
            assertThat(image(store(), id)).as(id.text()).isEqualTo(IMAGES.get(allowed.get(id)));
        }
        CheckStore.Outcome checked = new CheckStore(store(), Clock.systemUTC()).run(true, Progress.NONE);
        assertThat(checked.wrong()).isEmpty();
        assertThat(checked.suffering()).isEmpty();
        Set<CheckpointId> mayBeMarked = new TreeSet<>(promise.marked());
        mayBeMarked.addAll(promise.openlyMarked());
        assertThat(marks).containsAll(promise.marked());
        assertThat(mayBeMarked).containsAll(marks);
        assertThat(Duration.ofNanos(openedInNanos)).isLessThan(OPENED_WITHIN);
        return promise.settled(there, marks);
    }

    /** And a collection finds all that the crash left lying about, and the next capture works. */
    void andGoesOn() throws IOException {
        Promise settled = holds();
        // As the next command does with what the journal says is unfinished.
        promise.unsettled().forEach(store()::discard);
        new CollectGarbage(store()).run(false, Progress.NONE);
        new StoreAfterCrash(disk, key, settled).holds();
        if (!Files.exists(disk.root().resolve("store"))) {
            return;
        }
        nothingLiesAbout(settled);
        assertThat(new CollectGarbage(store()).run(false, Progress.NONE).removed())
                .isZero();

        int generation = IMAGES.keySet().stream().max(Integer::compare).orElseThrow();
        Deed.Take next = new Deed.Take(NEXT, WEB, generation);
        next.to(store());
        new StoreAfterCrash(disk, key, settled.after(next)).holds();
    }

    void nothingLiesAbout(Promise settled) throws IOException {
        Path store = disk.root().resolve("store");
        List<String> found;
        try (Stream<Path> all = Files.walk(store)) {
            found = all.map(path -> store.relativize(path).toString()).toList();
        }
        Set<String> expected = new TreeSet<>(Set.of(
                "",
                "checkpoints",
                "incoming",
                "retired",
                "verified",
                "index",
                "index/packs",
                "index/pages",
                "lock",
                "collecting"));
        // A hint in the making; the next capture makes it anew.
        expected.addAll(Set.of("index/pages.new", "store.json", "store.json.tmp"));
        for (CheckpointId id : settled.sure().keySet()) {
            expected.add("checkpoints/" + id);
            expected.add("checkpoints/" + id + "/pack");
            expected.add("checkpoints/" + id + "/manifest.json");
            // The next note takes its place.
            expected.add("verified/" + id + ".tmp");
        }
        settled.marked().forEach(id -> expected.add("verified/" + id));
        assertThat(found.stream().filter(path -> !path.startsWith("retired/"))).isSubsetOf(expected);
        // What is retired has its pack, or it would be of no use.
        assertThat(found.stream().filter(path -> path.matches("retired/[^/]*")))
                .allSatisfy(path -> assertThat(found).contains(path + "/pack"));
    }

    long openedInNanos() {
        return openedInNanos;
    }
}
