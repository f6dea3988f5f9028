package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.store.Backend;
import org.vfrt.core.store.CheckStore;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.store.GuestsInStores;
import org.vfrt.core.store.PackedStore;

/** What becomes of locks and uses whose holders die, or are cut off. */
final class S3LeaseTest {

    private static final StoreLocation.Bucket PLACE = new StoreLocation.Bucket("bucket", "");
    private static final Duration TERM = Duration.ofMillis(800);

    @TempDir
    private Path directory;

    private final MemoryObjects objects = new MemoryObjects();
    private final PlayedProcesses processes = new PlayedProcesses();
    private int states;

    /** A process with a way to the store of its own. */
    private final class Party {
        private final MortalObjects way = new MortalObjects(objects);
        private final Processes self;
        private final S3Backend backend;

        Party(String machine, Duration term) throws IOException {
            self = processes.process(machine);
            backend = new S3Backend(
                    way,
                    PLACE,
                    Files.createDirectory(directory.resolve("state" + ++states)),
                    64L << 20,
                    new Random(states),
                    self,
                    term,
                    Duration.ofMillis(300));
        }

        private PackedStore store() {
            return new PackedStore(backend, StoreKey.none(), new Random(++states));
        }

        private void die() {
            way.breakNow();
            processes.kill(self);
        }
    }

    /** Holds a lock and is cut off in the middle. */
    private static void cutOffWhileHolding(Party process) throws IOException {
        process.backend.lock(Backend.Lock.CHANGES).holding(() -> {
            process.way.breakNow();
            return 1;
        });
    }

    @Test
    void theLockOfADeadProcessOfTheSameMachineIsTakenAtOnce() throws IOException {
        Party dead = new Party("one", Duration.ofMinutes(1));
        cutOffWhileHolding(dead);
        Party other = new Party("one", Duration.ofMinutes(1));
        assertThatThrownBy(() -> other.backend.lock(Backend.Lock.CHANGES).holding(() -> 2))
                .isInstanceOf(Busy.class)
                .hasMessageContaining("process 1 on one");
        dead.die();
        assertThat(other.backend.lock(Backend.Lock.CHANGES).holding(() -> 2)).isEqualTo(2);
    }

    @Test
    void theLockOfAnotherMachineIsTakenWhenItWasNotRenewedByTheServersClock() throws IOException {
        Party dead = new Party("one", Duration.ofMinutes(1));
        cutOffWhileHolding(dead);
        dead.die();
        Party other = new Party("two", Duration.ofMinutes(1));
        assertThatThrownBy(() -> other.backend.lock(Backend.Lock.CHANGES).holding(() -> 2))
                .isInstanceOf(Busy.class);
        objects.putForward(Duration.ofSeconds(61));
        assertThat(other.backend.lock(Backend.Lock.CHANGES).holding(() -> 2)).isEqualTo(2);
    }

    @Test
    void whoWasCutOffForTooLongDoesNotGoOnWithWhatItHeld() throws Exception {
        Party slow = new Party("one", TERM);
        CheckpointId id = GuestsInStores.take(slow.store(), 0);
        Party other = new Party("two", TERM);
        assertThatThrownBy(() -> slow.backend.lock(Backend.Lock.CHANGES).holding(() -> {
                    slow.way.breakNow();
                    sleep(TERM.multipliedBy(2));
                    assertThat(other.backend.lock(Backend.Lock.CHANGES).holding(() -> 2))
                            .isEqualTo(2);
                    slow.way.mend();
                    slow.backend.retire(id);
                    return 1;
                }))
                .isInstanceOfSatisfying(
                        Temporary.class, e -> assertThat(e.code()).isEqualTo("store-lock-lost"));
        assertThat(other.store().list()).hasSize(1);
        // What it gives back then is not the other one's.
        assertThat(slow.backend.lock(Backend.Lock.CHANGES).holding(() -> 3)).isEqualTo(3);
    }

    @Test
    void aLockThatIsHeldForLongIsRenewed() throws Exception {
        Party slow = new Party("one", TERM);
        Party other = new Party("two", TERM);
        slow.backend.lock(Backend.Lock.COLLECTING).holding(() -> {
            sleep(TERM.multipliedBy(3));
            return other.backend.lock(Backend.Lock.COLLECTING).tryHolding(() -> 1);
        });
        int held = slow.backend.lock(Backend.Lock.COLLECTING).holding(() -> {
            sleep(TERM.multipliedBy(2));
            assertThat(other.backend.lock(Backend.Lock.COLLECTING).tryHolding(() -> 1))
                    .isEmpty();
            return 5;
        });
        assertThat(held).isEqualTo(5);
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void receive(Incoming incoming, int step) throws IOException {
        try (InputStream stream = GuestsInStores.memory(step).open()) {
            new StreamCheck(GuestsInStores.memory(step).limits()).read(stream, incoming.stream());
        }
    }

    /** What it leads to may be gone, and it must not become a checkpoint that cannot be restored. */
    @Test
    void aCaptureThatWasNotHeardOfWhileACollectionRanIsDroppedAndNotBroken() throws Exception {
        Party cut = new Party("one", TERM);
        CheckpointId parent = GuestsInStores.take(cut.store(), 0);
        Party other = new Party("two", TERM);
        CheckpointId id = CheckpointId.at(Instant.parse("2026-11-23T10:15:00Z"));
        Failure failure = null;
        try (Incoming incoming = cut.store().begin(id, GuestsInStores.WEB)) {
            receive(incoming, 1);
            cut.way.breakNow();
            sleep(TERM.multipliedBy(2));
            objects.putForward(Duration.ofSeconds(10));
            other.store().delete(parent);
            assertThat(new CollectGarbage(other.store())
                            .run(false, Progress.NONE)
                            .removed())
                    .isOne();
            cut.way.mend();
            incoming.commit(GuestsInStores.xml(), GuestsInStores.manifest(id));
        } catch (Failure e) {
            failure = e;
        }
        assertThat(failure)
                .isInstanceOfSatisfying(
                        Temporary.class, e -> assertThat(e.code()).isIn("store-lock-lost", "store-changed"));
        assertThat(other.store().list()).isEmpty();
        assertThat(new CollectGarbage(other.store()).run(false, Progress.NONE).removed())
                .isZero();
        GuestsInStores.take(cut.store(), 2);
        assertThat(new CheckStore(other.store(), Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
    }

    @Test
    void whatACaptureThatDiedUploadedIsCollected() throws IOException {
        Party dead = new Party("one", Duration.ofMinutes(1));
        GuestsInStores.take(dead.store(), 0);
        UUID guest = GuestsInStores.WEB;
        CheckpointId id = CheckpointId.at(Instant.parse("2026-11-23T10:15:00Z"));
        Incoming incoming = dead.store().begin(id, guest);
        receive(incoming, 1);
        Party other = new Party("one", Duration.ofMinutes(1));
        objects.put(PackObject.key(id, 1, "00000000"), new byte[100]);

        new CollectGarbage(other.store()).run(false, Progress.NONE);
        assertThat(other.backend.packBytes(id)).isPresent();
        dead.die();
        new CollectGarbage(other.store()).run(false, Progress.NONE);
        assertThat(other.backend.packBytes(id)).isEmpty();
        assertThat(objects.list("uses/").value()).isEmpty();
        assertThatThrownBy(incoming::close).isInstanceOf(Failure.class);
    }

    @Test
    void aGuestIsReceivedWithoutTheNetworkAndBecomesADifferenceToWhatItsMachineKept() throws IOException {
        Party one = new Party("one", Duration.ofMinutes(1));
        GuestsInStores.take(one.store(), 0);
        CheckpointId second = CheckpointId.at(Instant.parse("2026-11-23T10:15:00Z"));
        try (Incoming incoming = one.store().begin(second, GuestsInStores.WEB)) {
            one.way.breakNow();
            receive(incoming, 1);
            one.way.mend();
            incoming.commit(GuestsInStores.xml(), GuestsInStores.manifest(second));
        }
        long whole = one.backend.bytes();
        assertThat(one.backend.packBytes(second).orElseThrow()).isLessThan(whole / 4);

        // Another machine leads to pages that it has seen the ids of, and to none that it would have to ask for.
        Party two = new Party("two", Duration.ofMinutes(1));
        CheckpointId third = CheckpointId.at(Instant.parse("2026-11-23T10:16:00Z"));
        try (Incoming incoming = two.store().begin(third, new UUID(7, 7))) {
            two.way.breakNow();
            receive(incoming, 1);
            two.way.mend();
            incoming.commit(GuestsInStores.xml(), GuestsInStores.manifest(third));
        }
        assertThat(two.backend.packBytes(third).orElseThrow()).isLessThan(whole / 4);
        assertThat(GuestsInStores.image(one.store(), third)).isEqualTo(GuestsInStores.image(two.store(), second));
        assertThat(new CheckStore(two.store(), Clock.systemUTC())
                        .run(true, Progress.NONE)
                        .wrong())
                .isEmpty();
    }

    @Test
    void whatIsKeptOfPacksStaysWithinItsBounds() throws IOException {
        Party one = new Party("one", Duration.ofMinutes(1));
        for (int step = 0; step < 3; step++) {
            GuestsInStores.take(one.store(), step);
        }
        Path kept = one.backend.spool().directory().resolveSibling("packs");
        assertThat(kept.toFile().list()).hasSize(3);
        new PackCache(kept, 100_000).makeRoom(objects.list(PackObject.PREFIX).value());
        assertThat(kept.toFile().list()).hasSizeLessThan(3);
        new PackCache(kept, 1L << 30).makeRoom(java.util.List.of());
        assertThat(kept.toFile().list()).isEmpty();
        GuestsInStores.take(one.store(), 3);
    }

    @Test
    void eachManifestAndEachMarkIsAskedForOnce() throws IOException {
        Party one = new Party("one", Duration.ofMinutes(1));
        CheckpointId id = GuestsInStores.take(one.store(), 0);
        GuestsInStores.take(one.store(), 1);
        one.store().noteVerified(id, Instant.EPOCH);
        assertThat(one.store().list()).hasSize(2);
        assertThat(one.store().verified()).containsOnlyKeys(id);
        // One list of the checkpoints; one more, and one of the marks.
        one.way.breakAfter(3);
        assertThat(one.store().list()).hasSize(2);
        assertThat(one.store().verified()).containsOnlyKeys(id);
        one.way.mend();

        one.store().noteVerified(id, Instant.MAX);
        assertThat(one.store().verified()).containsEntry(id, Instant.MAX);
    }

    /** The uses and the spool are this machine's business: what was done is done. */
    @Test
    void whoHasReadToTheEndIsNotToldThatItsUseCouldNotBeEnded() throws IOException {
        Party one = new Party("one", Duration.ofMinutes(1));
        CheckpointId id = GuestsInStores.take(one.store(), 0);
        try (InputStream image = one.store().image(id)) {
            image.readAllBytes();
            one.way.breakNow();
        }
        one.way.mend();
        assertThat(objects.list("uses/").value()).hasSize(1);
    }

    @Test
    void aServerThatTakesNoNoticeOfConditionsIsRefused() {
        Objects careless = new MortalObjects(objects) {
            @Override
            public java.util.Optional<String> putIfAbsent(String key, byte[] content) {
                put(key, content);
                return look(key).map(Entry::etag);
            }
        };
        assertThatThrownBy(() -> new ProbeServer(careless, "s3://bucket").run("probe"))
                .hasMessageContaining("takes no notice");
        assertThat(objects.look("probe")).isEmpty();
    }
}
