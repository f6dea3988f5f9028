package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.store.CheckStore;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.store.Deed;
import org.vfrt.core.store.PackedStore;
import org.vfrt.core.store.Promise;

/**
 * Whenever a process dies that writes to a bucket, between any two of its requests, the store holds what was promised, to whoever opens
 * it on the same machine at once or on another one later.
 */
final class S3CrashTest {

    private static final UUID WEB = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    private static final StoreLocation.Bucket PLACE = new StoreLocation.Bucket("crash", "");
    private static final CheckpointId NEXT = new CheckpointId("20271231T235959Z-00000000");

    @TempDir
    private Path directory;

    private final PlayedProcesses processes = new PlayedProcesses();
    private final Map<Integer, byte[]> images = new HashMap<>();
    private int states;

    private record Done(Deed deed, int from, int to, Promise before, Promise after) {

        Promise at(int count) {
            return count == from ? before : count >= to ? after : before.during(deed);
        }
    }

    private static CheckpointId id(int number) {
        return CheckpointId.at(Instant.parse("2026-11-22T10:15:00Z").plusSeconds(number));
    }

    private static List<Deed> story(List<CheckpointId> ids) {
        return List.of(
                new Deed.Take(ids.get(0), WEB, 0),
                new Deed.Note(ids.get(0)),
                new Deed.Take(ids.get(1), WEB, 1),
                new Deed.Take(ids.get(2), OTHER, 1),
                new Deed.Take(ids.get(3), WEB, 4),
                new Deed.Delete(ids.get(0)),
                new Deed.Collect(),
                new Deed.Take(ids.get(4), OTHER, 6),
                new Deed.Note(ids.get(4)),
                new Deed.Delete(ids.get(2)),
                new Deed.Delete(ids.get(1)),
                new Deed.Collect(),
                new Deed.Delete(ids.get(4)),
                new Deed.Collect());
    }

    private PackedStore store(Objects objects, Processes process) throws IOException {
        Path state = Files.createDirectory(directory.resolve("state" + ++states));
        return new PackedStore(
                new S3Backend(
                        objects,
                        PLACE,
                        state,
                        64L << 20,
                        new Random(states),
                        process,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(1)),
                StoreKey.none(),
                new Random(states));
    }

    private static byte[] image(PackedStore store, CheckpointId id) throws IOException {
        try (InputStream image = store.image(id)) {
            return image.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aProcessThatDiesBetweenAnyTwoRequestsLosesNothing(boolean elsewhere) throws IOException {
        MemoryObjects told = new MemoryObjects();
        told.remember();
        Processes teller = processes.process("one");
        List<Done> story = new ArrayList<>();
        Promise promise = Promise.NOTHING;
        for (Deed deed : story(IntStream.range(0, 5).mapToObj(S3CrashTest::id).toList())) {
            int from = told.changes();
            PackedStore store = store(told, teller);
            deed.to(store);
            Promise after = promise.after(deed);
            story.add(new Done(deed, from, told.changes(), promise, after));
            promise = after;
            if (deed instanceof Deed.Take take) {
                images.put(take.generation(), image(store, take.id()));
            }
        }
        processes.kill(teller);
        List<MemoryObjects.Moment> moments = told.moments();
        int crashes = 0;
        for (Done done : story) {
            for (int count = done.from(); count <= done.to(); count++) {
                crashes++;
                try {
                    goesOn(moments.get(count), done.at(count), elsewhere);
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError(
                            "after change " + (count - done.from()) + " of " + (done.to() - done.from()) + " of "
                                    + done.deed() + ": " + e.getMessage(),
                            e);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "bucket crashes (%s): %d places, lost: 0%n",
                elsewhere ? "seen from elsewhere" : "seen at once",
                crashes);
        assertThat(crashes).isGreaterThan(100);
    }

    private void goesOn(MemoryObjects.Moment moment, Promise promise, boolean elsewhere) throws IOException {
        MemoryObjects objects = new MemoryObjects(moment);
        Processes next = processes.process(elsewhere ? "two" : "one");
        if (elsewhere) {
            // Nothing else says that the other one is dead.
            objects.putForward(Duration.ofMinutes(2));
        }
        Promise settled = holds(objects, next, promise);
        // As the next command does with what the journal says is unfinished; elsewhere nobody knows.
        if (!elsewhere) {
            promise.unsettled().forEach(store(objects, next)::discard);
        }
        new CollectGarbage(store(objects, next)).run(false, Progress.NONE);
        holds(objects, next, settled);
        nothingLiesAbout(objects, settled, elsewhere);
        assertThat(new CollectGarbage(store(objects, next))
                        .run(false, Progress.NONE)
                        .removed())
                .isZero();

        Deed.Take more = new Deed.Take(
                NEXT, WEB, images.keySet().stream().max(Integer::compare).orElse(0));
        more.to(store(objects, next));
        holds(objects, next, settled.after(more));
    }

    private Promise holds(Objects objects, Processes process, Promise promise) throws IOException {
        PackedStore store = store(objects, process);
        CheckpointStore.Listing listing = store.listing();
        Set<CheckpointId> marks = store.verified().keySet();
        assertThat(listing.unreadable()).isEmpty();
        Set<CheckpointId> there =
                new TreeSet<>(listing.manifests().stream().map(Manifest::id).toList());
        Map<CheckpointId, Integer> allowed = new TreeMap<>(promise.sure());
        allowed.putAll(promise.open());
        assertThat(there).containsAll(promise.sure().keySet());
        assertThat(allowed.keySet()).containsAll(there);
        for (CheckpointId id : there) {
            assertThat(image(store, id)).as(id.text()).isEqualTo(images.get(allowed.get(id)));
        }
        assertThat(new CheckStore(store, Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
        assertThat(marks).containsAll(promise.marked());
        return promise.settled(there, marks);
    }

    private static void nothingLiesAbout(MemoryObjects objects, Promise settled, boolean elsewhere) {
        Set<String> checkpoints = new TreeSet<>();
        settled.sure().keySet().forEach(id -> checkpoints.add(id.text()));
        assertThat(objects.uploads("")).isEmpty();
        Set<String> retired = new TreeSet<>();
        for (String key : objects.moment().keys()) {
            if (key.startsWith("probe-")
                    && (!elsewhere || objects.look("store.json").isEmpty())) {
                // Its process may be at it still, and it goes with a collection of the store that it became.
                continue;
            }
            String[] parts = key.split("/", -1);
            switch (parts[0]) {
                case "store.json", "baseline" -> assertThat(parts).hasSize(1);
                case "locks" -> assertThat(parts[1]).isIn("lock", "collecting", "copying");
                case "checkpoints", "verified" -> assertThat(checkpoints).contains(parts[1]);
                case "retired" -> retired.add(parts[1]);
                case "packs" -> {}
                default -> throw new AssertionError("'" + key + "' lies about");
            }
        }
        Set<String> packs = new TreeSet<>();
        for (Objects.Entry entry : objects.list(PackObject.PREFIX).value()) {
            assertThat(packs.add(entry.key().split("/", -1)[1])).as(entry.key()).isTrue();
        }
        assertThat(retired)
                .allSatisfy(id -> assertThat(checkpoints.add(id)).as(id).isTrue());
        assertThat(packs).isEqualTo(checkpoints);
    }
}
