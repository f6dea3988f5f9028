package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.pool.Definition;

/** What every store does. */
public abstract class CheckpointStoreContract {

    protected static final String XML = "<domain type='xen'><name>wéb1</name></domain>";
    protected static final CheckpointId FIRST = new CheckpointId("20261122T101500Z-00000001");
    protected static final UUID GUEST = UUID.fromString("0a5e3b1c-7c1d-4f0e-9f0b-2f6f7f9b1c02");
    private static final CheckpointId THIRD = new CheckpointId("20261122T101502Z-00000000");
    protected static final CheckpointId SECOND = new CheckpointId("20261122T101501Z-00000000");

    /** Returns the store under test; the same contents each time it is asked within one test. */
    protected abstract CheckpointStore store();

    protected static Incoming.Sealing manifest(CheckpointId id) {
        return manifest(id, GUEST);
    }

    static Incoming.Sealing manifest(CheckpointId id, UUID guest) {
        return manifest(id, guest, Instant.parse("2026-11-22T10:15:03.123456789Z"));
    }

    private static Incoming.Sealing manifest(CheckpointId id, UUID guest, Instant instant) {
        return (imageBytes, imageRoot, definitionSha256, disks) -> new Manifest(
                id,
                "web\"1\\\u0007",
                guest,
                "xen1",
                Optional.of("xen1.example"),
                instant,
                Method.LIVE,
                Definition.Kind.PVH,
                134_217_728,
                2,
                ImageFormat.LIBXL,
                imageBytes,
                imageRoot,
                definitionSha256,
                Optional.of(Duration.ofMillis(180)),
                Duration.ofNanos(212_345_678),
                Duration.ZERO,
                Duration.ofSeconds(12),
                "4.17.7",
                "9.0.0",
                List.of("xvda", "xvdb"),
                disks(disks),
                Duration.ofMillis(35),
                List.of(new Tag("nightly"), new Tag("before-upgrade")));
    }

    private static List<PairedDisk> disks(List<DiskContent> contents) {
        List<PairedDisk> disks = new ArrayList<>(List.of(
                new PairedDisk("xvdc", "/dev/vg0/c", Engine.LVM_THIN, "uuid", 1L << 30, "vg0/c.vfrt-1", "other-uuid"),
                new PairedDisk(
                        "xvdd", "/srv/d.img", Engine.REFLINK, "fs:12", 512, "/srv/.vfrt-snapshots/d", "13:512:1.5")));
        for (int i = 0; i < contents.size(); i++) {
            disks.set(i, disks.get(i).with(contents.get(i)));
        }
        return disks;
    }

    protected static Manifest put(CheckpointStore store, CheckpointId id, byte[] image) {
        return put(store, id, image, manifest(id));
    }

    private static Manifest put(CheckpointStore store, CheckpointId id, byte[] image, Incoming.Sealing manifest) {
        try (Incoming incoming = store.begin(id, GUEST)) {
            write(incoming, image);
            return incoming.commit(XML, manifest);
        }
    }

    protected static void write(Incoming incoming, byte[] image) {
        try {
            incoming.opaque(image);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    protected static byte[] image(int length) {
        byte[] image = new byte[length];
        for (int i = 0; i < length; i++) {
            image[i] = (byte) (i * 31 + (i >> 8));
        }
        return image;
    }

    @Test
    void whatIsCommittedIsGivenBack() throws IOException {
        byte[] image = image(200_001);
        Manifest written = put(store(), FIRST, image);

        assertThat(store().list()).containsExactly(written);
        assertThat(store().manifest(FIRST)).isEqualTo(written);
        assertThat(store().definition(FIRST)).isEqualTo(XML);
        assertThat(written.imageBytes()).isEqualTo(200_001);
        try (InputStream in = store().image(FIRST)) {
            assertThat(in.readAllBytes()).isEqualTo(image);
            assertThat(in.read()).isEqualTo(-1);
        }
        assertThat(store().unreadable()).isEmpty();
    }

    private static byte[] page(int seed) {
        byte[] page = image(4096);
        Arrays.fill(page, 0, 100, (byte) seed);
        return page;
    }

    private Map<Long, byte[]> disk(CheckpointId id, String target) throws IOException {
        Map<Long, byte[]> pages = new TreeMap<>();
        store().disk(id, target, (at, buffer, offset, length) -> {
            for (int page = 0; page < length; page += 4096) {
                pages.put(at + page, Arrays.copyOfRange(buffer, offset + page, offset + page + 4096));
            }
        });
        return pages;
    }

    private Manifest putWithDisks() throws IOException {
        try (Incoming incoming = store().begin(FIRST, GUEST)) {
            write(incoming, image(5000));
            Incoming.IncomingDisk big = incoming.disk(1L << 30, Optional.empty());
            assertThat(big.buildsOnBefore()).isFalse();
            big.data(0, page(1), 0, 4096);
            big.data(1 << 20, page(2), 0, 4096);
            big.data((1L << 30) - 4096, page(3), 0, 4096);
            incoming.disk(512, Optional.empty()).data(0, page(4), 0, 4096);
            return incoming.commit(XML, manifest(FIRST));
        }
    }

    @Test
    void theContentsOfDisksAreGivenBackBesideTheImage() throws IOException {
        Manifest written = putWithDisks();

        assertThat(store().manifest(FIRST)).isEqualTo(written);
        assertThat(written.storedDisks()).hasSize(2);
        assertThat(disk(FIRST, "xvdc"))
                .containsOnlyKeys(0L, 1L << 20, (1L << 30) - 4096)
                .containsEntry(1L << 20, page(2));
        assertThat(disk(FIRST, "xvdd")).containsOnlyKeys(0L).containsEntry(0L, page(4));
        try (InputStream in = store().image(FIRST)) {
            assertThat(in.readAllBytes()).isEqualTo(image(5000));
        }
    }

    @Test
    void whatDidNotChangeOnADiskIsTakenOverFromTheCheckpointBefore() throws IOException {
        Manifest before = putWithDisks();
        put(store(), THIRD, image(3));
        try (Incoming incoming = store().begin(SECOND, GUEST, Optional.of(FIRST))) {
            write(incoming, image(4000));
            assertThat(incoming.buildsOn()).contains(FIRST);
            Incoming.IncomingDisk disk =
                    incoming.disk(1L << 30, before.disks().get(0).content());
            assertThat(disk.buildsOnBefore()).isTrue();
            disk.unchanged(0, 1 << 20);
            disk.data(1 << 20, page(5), 0, 4096);
            disk.unchanged((1 << 20) + 4096, (1L << 30) - (1 << 20) - 8192);
            incoming.disk(512, before.disks().get(1).content()).unchanged(0, 4096);
            incoming.commit(XML, manifest(SECOND));
        }
        store().delete(FIRST);

        assertThat(disk(SECOND, "xvdc"))
                .containsOnlyKeys(0L, 1L << 20)
                .containsEntry(0L, page(1))
                .containsEntry(1L << 20, page(5));
        assertThat(disk(SECOND, "xvdd")).containsEntry(0L, page(4));
    }

    @Test
    void anImageCanBeReadByteByByteAndCanBeEmpty() throws IOException {
        put(store(), FIRST, new byte[] {(byte) 0xff, 1});
        put(store(), SECOND, new byte[0]);

        try (InputStream in = store().image(FIRST)) {
            assertThat(in.read()).isEqualTo(0xff);
            assertThat(in.read()).isEqualTo(1);
            assertThat(in.read()).isEqualTo(-1);
        }
        try (InputStream in = store().image(SECOND)) {
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void aNewStoreIsEmpty() {
        assertThat(store().list()).isEmpty();
        assertThat(store().unreadable()).isEmpty();
        assertThat(store().freeBytes()).isPositive();
    }

    @Test
    void checkpointsAreListedOldestFirst() {
        put(store(), SECOND, image(3));
        put(store(), FIRST, image(3));

        assertThat(store().list()).extracting(Manifest::id).containsExactly(FIRST, SECOND);
    }

    /** Ids are random within their second, and two guests' captures overlap. */
    @Test
    void whatCountsIsTheMomentTheImageShowsAndNotTheId() {
        put(store(), FIRST, image(3), manifest(FIRST, GUEST, Instant.parse("2026-11-22T10:15:09Z")));
        put(store(), SECOND, image(3), manifest(SECOND, GUEST, Instant.parse("2026-11-22T10:15:08Z")));

        assertThat(store().list()).extracting(Manifest::id).containsExactly(SECOND, FIRST);
    }

    @Test
    void aCheckpointInTheMakingIsSeenByNobody() {
        try (Incoming incoming = store().begin(FIRST, GUEST)) {
            write(incoming, image(10));
            assertThat(incoming.id()).isEqualTo(FIRST);
            assertThat(store().list()).isEmpty();
            assertThat(store().unreadable()).isEmpty();
            assertThatThrownBy(() -> store().manifest(FIRST)).isInstanceOf(NotFound.class);
        }
        assertThat(store().list()).isEmpty();
    }

    @Test
    void whatWasNotCommittedCanBeBegunAgain() {
        try (Incoming incoming = store().begin(FIRST, GUEST)) {
            write(incoming, image(10));
        }
        put(store(), FIRST, image(3));

        assertThat(store().manifest(FIRST).imageBytes()).isEqualTo(3);
    }

    @Test
    void anIdIsUsedOnce() {
        put(store(), FIRST, image(3));

        assertThatThrownBy(() -> store().begin(FIRST, GUEST)).hasMessageContaining(FIRST.text());
        assertThat(store().manifest(FIRST).imageBytes()).isEqualTo(3);
    }

    @Test
    void twoCheckpointsCanBeMadeAtOnce() {
        try (Incoming one = store().begin(FIRST, GUEST);
                Incoming two = store().begin(SECOND, GUEST)) {
            write(two, image(20));
            write(one, image(10));
            two.commit(XML, manifest(SECOND));
            one.commit(XML, manifest(FIRST));
        }

        assertThat(store().list()).extracting(Manifest::imageBytes).containsExactly(10L, 20L);
    }

    @Test
    void aManifestThatDoesNotSayWhatWasWrittenIsABug() {
        try (Incoming incoming = store().begin(FIRST, GUEST)) {
            write(incoming, image(10));
            assertThatThrownBy(() -> incoming.commit(XML, manifest(SECOND))).isInstanceOf(IllegalStateException.class);
        }
        assertThat(store().list()).isEmpty();
    }

    @Test
    void aDeletedCheckpointIsGoneAndTheOthersStay() {
        put(store(), FIRST, image(3));
        Manifest second = put(store(), SECOND, image(4));
        store().delete(FIRST);

        assertThat(store().list()).containsExactly(second);
        assertThatThrownBy(() -> store().manifest(FIRST)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> store().definition(FIRST)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> store().image(FIRST)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> store().delete(FIRST)).isInstanceOf(NotFound.class);
    }

    @Test
    void whatWasFoundWholeIsRememberedUntilItIsDamagedOrDeleted() {
        Instant monday = Instant.parse("2026-11-23T03:30:00.000000001Z");
        Instant tuesday = Instant.parse("2026-11-24T03:30:00Z");
        put(store(), FIRST, image(3));
        put(store(), SECOND, image(4));
        assertThat(store().verified()).isEmpty();

        store().noteVerified(FIRST, monday);
        store().noteVerified(SECOND, monday);
        store().noteVerified(SECOND, tuesday);
        assertThat(store().verified()).isEqualTo(Map.of(FIRST, monday, SECOND, tuesday));

        store().noteDamaged(FIRST, tuesday);
        store().noteDamaged(FIRST, tuesday);
        assertThat(store().verified()).isEqualTo(Map.of(SECOND, tuesday));
        assertThat(store().damaged()).isEqualTo(Map.of(FIRST, tuesday));
        store().noteVerified(FIRST, tuesday);
        assertThat(store().damaged()).isEmpty();
        store().noteDamaged(FIRST, tuesday);

        store().noteDamaged(SECOND, monday);
        store().delete(SECOND);
        assertThat(store().verified()).isEmpty();
        assertThat(store().damaged()).isEqualTo(Map.of(FIRST, tuesday));
        // Whoever reads it may find damage in what was deleted meanwhile.
        store().noteDamaged(SECOND, monday);
        assertThat(store().damaged()).containsOnlyKeys(FIRST);
        assertThatThrownBy(() -> store().noteVerified(SECOND, tuesday)).isInstanceOf(NotFound.class);
        assertThat(store().list()).extracting(Manifest::id).containsExactly(FIRST);
    }

    @Test
    void discardingTakesWhatADeadProcessLeftAndNothingElse() {
        put(store(), SECOND, image(4));
        @SuppressWarnings("resource")
        Incoming left = store().begin(FIRST, GUEST);
        write(left, image(10));

        store().discard(FIRST);
        store().discard(FIRST);
        store().discard(SECOND);

        assertThat(store().list()).extracting(Manifest::id).containsExactly(SECOND);
        put(store(), FIRST, image(3));
    }
}
