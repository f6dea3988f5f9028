package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.store.MemoryStore;

final class FindCheckpointTest {

    private static final UUID WEB1 = UUID.fromString("11111111-2222-3333-4444-555555555555");
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final MemoryStore store = new MemoryStore();
    private final FindCheckpoint find = new FindCheckpoint(store);

    @BeforeEach
    void store() {
        keep("20261122T101500Z-1f2e3d4c", "web1", NOON);
        keep("20261122T111500Z-00c0ffee", "web1", NOON.minusSeconds(60));
        keep("20261122T121500Z-0badcafe", "cafe", NOON);
    }

    @Test
    void theNewestOfAGuestIsTheOneWithTheLatestMoment() {
        assertThat(find.run("web1").id().text()).endsWith("1f2e3d4c");
        assertThat(find.run(WEB1.toString()).id().text()).isNotEmpty();
    }

    @Test
    void ofTwoOfTheSameMomentTheLaterIdIsTheNewest() {
        keep("20261122T101600Z-aaaaaaaa", "web1", NOON);
        assertThat(find.run("web1").id().text()).endsWith("aaaaaaaa");
    }

    @Test
    void whoWantsToRestoreAGuestGetsTheNewestThatWasNotFoundDamaged() {
        CheckpointId newest = new CheckpointId("20261122T101500Z-1f2e3d4c");
        store.noteDamaged(newest, NOON.plusSeconds(60));
        assertThat(find.run("web1").id()).isEqualTo(newest);
        assertThat(find.usable(newest.text(), NOON).id()).isEqualTo(newest);

        Manifest usable = find.usable("web1", NOON);
        assertThat(usable.id().text()).endsWith("00c0ffee");
        assertThat(find.leftOut(usable, "web1", NOON))
                .containsExactly("checkpoint '" + newest
                        + "' is newer, was found damaged at 2026-11-22T12:01:00Z, and was left out");

        store.noteDamaged(usable.id(), NOON);
        assertThat(find.usable("web1", NOON).id()).isEqualTo(newest);
        assertThat(find.leftOut(find.usable("web1", NOON), "web1", NOON)).isEmpty();
    }

    @Test
    void whatWasTakenLaterThanNowIsNotTheNewest() {
        keep("20270101T000000Z-00000001", "web1", NOON.plusSeconds(86400));
        Manifest usable = find.usable("web1", NOON);
        assertThat(usable.id().text()).endsWith("1f2e3d4c");
        assertThat(find.leftOut(usable, "web1", NOON))
                .containsExactly(
                        "checkpoint '20270101T000000Z-00000001' is newer, was taken later than now by its clock,"
                                + " and was left out");
    }

    @Test
    void theBeginningOrEndOfAnIdFindsIt() {
        assertThat(find.run("ffee").id().text()).endsWith("00c0ffee");
        assertThat(find.run("20261122T12").guestName()).isEqualTo("cafe");
    }

    @Test
    void aGuestsNameWinsOverTheEndOfAnId() {
        keep("20261122T131500Z-1111cafe", "db", NOON);
        assertThat(find.run("cafe").guestName()).isEqualTo("cafe");
    }

    @Test
    void severalMatchesAreNotChosenFrom() {
        assertThatThrownBy(() -> find.run("20261122")).isInstanceOf(BadInput.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void nothingMeansNothing(String blank) {
        assertThatThrownBy(() -> find.run(blank)).isInstanceOf(BadInput.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fee", "e", "4c", "gggg"})
    void tooLittleOfAnIdFindsNothing(String part) {
        assertThatThrownBy(() -> find.run(part)).isInstanceOf(NotFound.class);
    }

    private void keep(String id, String guest, Instant instant) {
        try (Incoming incoming = store.begin(new CheckpointId(id), WEB1)) {
            incoming.commit(
                    "<domain/>", (bytes, image, definition, disks) -> manifest(id, guest, instant, image, definition));
        }
    }

    private static Manifest manifest(String id, String guest, Instant instant, String image, String definition) {
        return new Manifest(
                new CheckpointId(id),
                guest,
                guest.equals("web1") ? WEB1 : UUID.nameUUIDFromBytes(new byte[] {(byte) guest.length()}),
                "xen1",
                Optional.empty(),
                instant,
                Method.LIVE,
                Definition.Kind.PVH,
                1 << 20,
                1,
                ImageFormat.LIBXL,
                0,
                image,
                definition,
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                "4.17.3",
                "9.0.0",
                List.of(),
                List.of(),
                Duration.ZERO,
                List.of());
    }
}
