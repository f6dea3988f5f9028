package org.vfrt.core.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.image.SyntheticStream.Kind;

final class ImagePackerTest {

    @TempDir
    private Path directory;

    enum Sealing {
        PLAIN,
        ENCRYPTED;

        StoreKey key() {
            byte[] secret = new byte[StoreKey.BYTES];
            secret[3] = 7;
            return this == PLAIN ? StoreKey.none() : StoreKey.of(secret);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatWasPackedComesOutInItsNormalForm(Kind kind) throws IOException {
        PackWorld world = new PackWorld(directory, StoreKey.none());
        SyntheticStream stream = SyntheticStream.of(kind, 3000).live(3);

        PackedImage packed = world.pack("one", Optional.empty(), stream);

        byte[] normal = PackWorld.normal(stream);
        assertThat(world.unpack("one")).isEqualTo(normal);
        assertThat(packed.imageBytes()).isEqualTo(normal.length);
    }

    @ParameterizedTest
    @EnumSource
    void aChainOfCheckpointsComesOutWhole(Sealing sealing) throws IOException {
        PackWorld world = new PackWorld(directory, sealing.key());
        Optional<String> parent = Optional.empty();
        for (int generation = 0; generation < 20; generation++) {
            String name = "g" + generation;
            world.pack(name, parent, changed(generation));
            parent = Optional.of(name);
        }
        for (int generation = 0; generation < 20; generation++) {
            assertThat(world.unpack("g" + generation)).isEqualTo(PackWorld.normal(changed(generation)));
        }
    }

    private static SyntheticStream changed(int generation) {
        return SyntheticStream.of(Kind.PVH, 2000).live(1 + generation);
    }

    @ParameterizedTest
    @EnumSource
    void anUnchangedGuestCostsNoPages(Sealing sealing) throws IOException {
        PackWorld world = new PackWorld(directory, sealing.key());
        SyntheticStream stream = SyntheticStream.of(Kind.PVH, 5000);
        PackedImage first = world.pack("one", Optional.empty(), stream);
        PackedImage second = world.pack("two", Optional.of("one"), stream);

        assertThat(first.newPages()).isPositive();
        assertThat(second.newPages()).isZero();
        assertThat(second.packBytes()).isLessThan(4096);
        assertThat(second.root()).isEqualTo(first.root());
    }

    /** A live migration sends again what the guest wrote meanwhile. */
    @ParameterizedTest
    @EnumSource
    void whatWasReplacedDuringTheCaptureTakesNoRoom(Sealing sealing) throws IOException {
        PackWorld world = new PackWorld(directory, sealing.key());
        SyntheticStream stream = SyntheticStream.of(Kind.PVH, 3000).live(12);

        PackedImage packed = world.pack("live", Optional.empty(), stream);

        assertThat(packed.packBytes()).isEqualTo(Files.size(world.file("live")));
        PackedImage still = world.pack("still", Optional.of("live"), stream);
        assertThat(still.newPages()).isZero();
        try (Packs packs = world.packs()) {
            PackFile pack = packs.pack("live");
            long present = 0;
            for (int frame = 0; frame < pack.frameCount(); frame++) {
                present += Long.bitCount(pack.present(frame));
            }
            assertThat(pack.slots()).isGreaterThan((int) (packed.newPages() * 4 / 3));
            assertThat(present).isEqualTo(packed.newPages());
        }
        assertThat(world.unpack("live")).isEqualTo(PackWorld.normal(stream));
    }

    @ParameterizedTest
    @EnumSource
    void withoutRoomBesideItAPackStaysAsItIs(Sealing sealing) throws IOException {
        PackWorld world = new PackWorld(directory, sealing.key());
        world.withoutRoom();
        SyntheticStream stream = SyntheticStream.of(Kind.PVH, 3000).live(12);

        PackedImage packed = world.pack("live", Optional.empty(), stream);

        assertThat(packed.packBytes()).isEqualTo(Files.size(world.file("live")));
        assertThat(world.unpack("live")).isEqualTo(PackWorld.normal(stream));
    }

    @ParameterizedTest
    @EnumSource
    void anotherGuestWithTheSamePagesCostsNone(Sealing sealing) throws IOException {
        PackWorld world = new PackWorld(directory, sealing.key());
        SyntheticStream stream = SyntheticStream.of(Kind.PVH, 5000);
        world.pack("one", Optional.empty(), stream);

        assertThat(world.pack("other", Optional.empty(), stream).newPages()).isZero();
        assertThat(world.unpack("other")).isEqualTo(PackWorld.normal(stream));
    }

    @ParameterizedTest
    @EnumSource
    void aFlippedByteAnywhereIsFoundBeforeTheImageEnds(Sealing sealing) throws IOException {
        PackWorld world = new PackWorld(directory, sealing.key());
        SyntheticStream stream = SyntheticStream.of(Kind.PVH, 300);
        world.pack("one", Optional.empty(), stream);
        byte[] whole = Files.readAllBytes(world.file("one"));
        byte[] normal = PackWorld.normal(stream);
        int found = 0;
        for (int at = 0; at < whole.length; at += 997) {
            byte[] damaged = whole.clone();
            damaged[at] = (byte) (damaged[at] ^ (1 << (at % 8)));
            Files.write(world.file("one"), damaged);
            try {
                assertThat(world.unpack("one")).isEqualTo(normal);
            } catch (DamagedPack e) {
                found++;
            }
        }
        assertThat(found).isPositive();
    }

    @org.junit.jupiter.api.Test
    void withoutTheKeyNothingIsRead() throws IOException {
        PackWorld world = new PackWorld(directory, Sealing.ENCRYPTED.key());
        SyntheticStream stream = SyntheticStream.of(Kind.PVH, 300);
        PackedImage packed = world.pack("one", Optional.empty(), stream);
        PackWorld stranger = new PackWorld(directory, StoreKey.of(new byte[StoreKey.BYTES]));

        assertThatThrownBy(() -> stranger.unpack("one", packed.root())).isInstanceOf(DamagedPack.class);
        byte[] file = Files.readAllBytes(world.file("one"));
        assertThat(contains(file, PackWorld.DEFINITION)).isFalse();
    }

    private static boolean contains(byte[] file, byte[] text) {
        return new String(file, java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains(new String(text, java.nio.charset.StandardCharsets.ISO_8859_1));
    }
}
