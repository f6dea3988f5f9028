package org.vfrt.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.DamagedImage;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pack.StoreKey;

final class DirectoryStoreTest extends CheckpointStoreContract {

    @TempDir
    Path parent;

    @Override
    protected CheckpointStore store() {
        return store(directory());
    }

    private static CheckpointStore store(Path directory) {
        return new PackedStore(new DirectoryBackend(directory), StoreKey.none(), new Random(1));
    }

    private Path directory() {
        return parent.resolve("deep/store");
    }

    private Path first() {
        return directory().resolve("checkpoints/" + FIRST);
    }

    @Test
    void nothingIsMadeByLooking() {
        assertThat(store().list()).isEmpty();
        store().discard(FIRST);

        assertThat(directory()).doesNotExist();
    }

    @Test
    void everythingIsPrivate() throws IOException {
        put(store(), FIRST, image(10));
        store().noteVerified(FIRST, Instant.EPOCH);

        try (Stream<Path> all = Files.walk(directory())) {
            assertThat(all)
                    .isNotEmpty()
                    .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void aFlippedByteOfAPackIsFoundOrDoesNotMatter() throws IOException {
        byte[] image = image(5_000);
        put(store(), FIRST, image);
        byte[] pack = Files.readAllBytes(first().resolve("pack"));
        SplittableRandom random = new SplittableRandom(20261122);
        for (int round = 0; round < 300; round++) {
            byte[] damaged = pack.clone();
            int bit = random.nextInt(damaged.length * 8);
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(first().resolve("pack"), damaged);

            try (InputStream in = store().image(FIRST)) {
                assertThat(in.readAllBytes()).as("bit %s", bit).isEqualTo(image);
            } catch (DamagedImage | Damaged e) {
                assertThat(e).hasMessageContaining(FIRST.text());
            }
        }
    }

    @Test
    void aPackThatIsCutShortIsFoundAtOnce() throws IOException {
        put(store(), FIRST, image(100));
        byte[] pack = Files.readAllBytes(first().resolve("pack"));
        for (int length : new int[] {0, 99, pack.length - 1}) {
            Files.write(first().resolve("pack"), Arrays.copyOf(pack, length));
            assertThatThrownBy(() -> store().image(FIRST)).isInstanceOf(Damaged.class);
        }
    }

    @Test
    void anyFlippedBitOfAManifestIsFound() throws IOException {
        put(store(), FIRST, image(10));
        byte[] manifest = Files.readAllBytes(first().resolve("manifest.json"));
        for (int bit = 0; bit < manifest.length * 8; bit++) {
            byte[] damaged = manifest.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> ManifestJson.read(FIRST, damaged))
                    .as("bit %s", bit)
                    .isInstanceOf(Damaged.class)
                    .hasMessageContaining(FIRST.text());
        }
    }

    @Test
    void anyCutOfAManifestIsFound() throws IOException {
        put(store(), FIRST, image(10));
        String manifest = Files.readString(first().resolve("manifest.json"));
        for (int length = 0; length < manifest.length(); length++) {
            byte[] cut = manifest.substring(0, length).getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> ManifestJson.read(FIRST, cut)).isInstanceOf(Damaged.class);
        }
    }

    @Test
    void oneDamagedManifestDoesNotHideTheOthers() throws IOException {
        put(store(), FIRST, image(10));
        put(store(), SECOND, image(10));
        Files.writeString(first().resolve("manifest.json"), "");

        assertThat(store().list()).extracting(Manifest::id).containsExactly(SECOND);
        assertThat(store().unreadable()).containsExactly(FIRST.text());
        assertThatThrownBy(() -> store().manifest(FIRST)).isInstanceOf(Damaged.class);
        store().delete(FIRST);
        assertThat(store().unreadable()).isEmpty();
    }

    @Test
    void aManifestOfANewerFormatIsRefusedInItsOwnWords() throws IOException {
        put(store(), FIRST, image(10));
        Path manifest = first().resolve("manifest.json");
        Files.writeString(
                manifest, Files.readString(manifest).replace("\"formatVersion\" : 3", "\"formatVersion\" : 5"));

        assertThatThrownBy(() -> store().manifest(FIRST))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining("newer vfrt")
                .hasMessageContaining("format 5");
    }

    @Test
    void fieldsOfALaterVersionArePassedOver() throws IOException {
        put(store(), FIRST, image(10));
        String json = Files.readString(first().resolve("manifest.json"));
        String open = json.substring(0, json.indexOf(",\n  \"manifestSha256\""))
                .replace("{\n", "{\n  \"later\" : { \"deep\" : [ 1, { } ], \"id\" : \"x\" },\n  \"flag\" : true,\n");
        String sealed =
                open + ",\n  \"manifestSha256\" : \"" + Sha256.of(open.getBytes(StandardCharsets.UTF_8)) + "\"\n}\n";

        assertThat(ManifestJson.read(FIRST, sealed.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(store().manifest(FIRST));
    }

    @Test
    void aManifestFromBeforeThereWereTagsHasNone() throws IOException {
        put(store(), FIRST, image(10));
        String json = Files.readString(first().resolve("manifest.json"));
        String open =
                json.substring(0, json.indexOf(",\n  \"manifestSha256\"")).replaceAll(",\n  \"tags\" : [^\\]]*]", "");
        String sealed =
                open + ",\n  \"manifestSha256\" : \"" + Sha256.of(open.getBytes(StandardCharsets.UTF_8)) + "\"\n}\n";

        assertThat(sealed).doesNotContain("tags");
        assertThat(ManifestJson.read(FIRST, sealed.getBytes(StandardCharsets.UTF_8))
                        .tags())
                .isEmpty();
    }

    @Test
    void aMarkThatCannotBeReadOrIsOfNoCheckpointCountsAsNone() throws IOException {
        put(store(), FIRST, image(10));
        store().noteVerified(FIRST, Instant.EPOCH);
        Path mark = directory().resolve("verified").resolve(FIRST.text());
        Files.copy(mark, mark.resolveSibling(SECOND.text()));
        assertThat(store().verified()).containsOnlyKeys(FIRST);

        Files.writeString(mark, "yesterday");
        assertThat(store().verified()).isEmpty();
        store().noteVerified(FIRST, Instant.EPOCH);
        assertThat(store().verified()).containsOnlyKeys(FIRST);
    }

    @Test
    void aManifestUnderAnotherNameIsRefused() throws IOException {
        put(store(), FIRST, image(10));
        Files.move(first(), first().resolveSibling(SECOND.text()));

        assertThatThrownBy(() -> store().manifest(SECOND))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining(FIRST.text());
    }

    @Test
    void linksAndOtherOdditiesAreDamageAndAreNotFollowed() throws IOException {
        put(store(), FIRST, image(10));
        put(store(), SECOND, image(10));
        Path elsewhere = Files.write(parent.resolve("elsewhere"), image(10));
        for (String file : List.of("pack", "manifest.json")) {
            Files.delete(first().resolve(file));
            Files.createSymbolicLink(first().resolve(file), elsewhere);
        }
        Path second = first().resolveSibling(SECOND.text());
        Path moved = Files.move(second, parent.resolve("moved"));
        Files.createSymbolicLink(second, moved);

        assertThat(store().list()).isEmpty();
        assertThat(store().unreadable()).containsExactly(FIRST.text(), SECOND.text());
        store().delete(FIRST);
        store().delete(SECOND);
        assertThat(elsewhere).exists();
        assertThat(moved.resolve("manifest.json")).exists();
    }

    @Test
    void anImageThatIsALinkOrMissingIsDamage() throws IOException {
        put(store(), FIRST, image(10));
        Files.delete(first().resolve("pack"));
        assertThatThrownBy(() -> store().image(FIRST))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining("missing");

        Files.createSymbolicLink(first().resolve("pack"), Path.of("/dev/zero"));
        assertThatThrownBy(() -> store().image(FIRST))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining("regular");
    }

    @Test
    void whateverStepAMakerDiesAtNothingIsSeenAndNothingIsLost() throws IOException {
        Manifest old = put(store(), FIRST, image(10));
        List<String> files = List.of("pack", "manifest.json");
        for (int written = 0; written <= files.size(); written++) {
            for (boolean lastIsHalf : new boolean[] {false, true}) {
                put(store(), SECOND, image(1_000));
                Path dead = Files.move(
                        directory().resolve("checkpoints/" + SECOND),
                        directory().resolve("incoming/" + SECOND));
                for (int file = written; file < files.size(); file++) {
                    Files.delete(dead.resolve(files.get(file)));
                }
                if (lastIsHalf && written > 0) {
                    Path last = dead.resolve(files.get(written - 1));
                    byte[] whole = Files.readAllBytes(last);
                    Files.write(last, Arrays.copyOf(whole, whole.length / 2));
                }

                assertThat(store().list()).containsExactly(old);
                assertThat(store().unreadable()).isEmpty();
                assertThatThrownBy(() -> store().manifest(SECOND)).isInstanceOf(NotFound.class);
                store().discard(SECOND);
                assertThat(dead).doesNotExist();
            }
        }
        // The last step is the rename: from then on the checkpoint counts, also if its maker never got to say so.
        Manifest whole = put(store(), SECOND, image(1_000));
        store().discard(SECOND);
        assertThat(store().list()).containsExactly(old, whole);
    }

    @Test
    void aFullDiskStopsTheCommitAndLosesNothing() throws IOException, InterruptedException {
        Path small = Files.createDirectory(parent.resolve("small"));
        assumeTrue(
                Files.getOwner(small).getName().equals("root")
                        && run("mount", "-t", "tmpfs", "-o", "size=2m", "vfrt-test", small.toString()),
                "a small file system can be mounted");
        try {
            CheckpointStore store = store(small.resolve("store"));
            Manifest old = put(store, FIRST, image(100_000));
            try (Incoming incoming = store.begin(SECOND, GUEST)) {
                incoming.opaque(incompressible(3_000_000));
                Failed full = catchThrowableOfType(Failed.class, () -> incoming.commit(XML, manifest(SECOND)));
                assertThat(full.code()).isEqualTo("store-full");
                assertThat(full.hint()).contains("Free space");
            }
            assertThat(store.list()).containsExactly(old);
            put(store, SECOND, image(100_000));

            assertThat(store.list()).extracting(Manifest::id).containsExactly(FIRST, SECOND);
        } finally {
            // Lazily: Java lets go of a mapping when it collects it.
            assertThat(run("umount", "-l", small.toString())).isTrue();
        }
    }

    private static byte[] incompressible(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @Test
    void aStoreThatIsAFileIsWrongInput() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "x");
        for (CheckpointStore store : List.of(store(file), store(file.resolve("below")))) {
            assertThatThrownBy(() -> store.begin(FIRST, GUEST))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("'" + file + "' is not a directory");
        }
        assertThatThrownBy(() -> store(file).list()).isInstanceOf(BadInput.class);
    }

    @Test
    void partsOfAStoreThatAreLinksAreRefused() throws IOException {
        Files.createDirectories(directory());
        Files.createSymbolicLink(directory().resolve("incoming"), Files.createDirectory(parent.resolve("away")));

        assertThatThrownBy(() -> store().begin(FIRST, GUEST))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("incoming");
    }

    @Test
    void checkpointsThatAreALinkAreNotFollowed() throws IOException {
        put(store(), FIRST, image(10));
        Path away = Files.move(directory().resolve("checkpoints"), parent.resolve("away"));
        Files.createSymbolicLink(directory().resolve("checkpoints"), away);

        assertThatThrownBy(() -> store().list()).isInstanceOf(BadInput.class).hasMessageContaining("checkpoints");
    }

    @Test
    void aStoreThatEverybodyCanWriteToIsNeitherReadNorWritten() throws IOException {
        put(store(), FIRST, image(10));
        Files.setPosixFilePermissions(directory(), PosixFilePermissions.fromString("rwxrwxrwx"));

        for (ThrowingCallable use :
                List.<ThrowingCallable>of(() -> store().list(), () -> store().begin(SECOND, GUEST))) {
            assertThatThrownBy(use)
                    .isInstanceOfSatisfying(
                            Refused.class, refused -> assertThat(refused.code()).isEqualTo("store-open-to-others"));
        }
    }

    @Test
    void whatNobodyHasWrittenToForDaysIsForgotten() throws IOException {
        store().begin(FIRST, GUEST).close();
        Path old = Files.createDirectory(directory().resolve("incoming").resolve(FIRST.text()));
        Path image = Files.writeString(old.resolve("pack"), "x");
        Path busy = Files.createDirectory(directory().resolve("incoming").resolve("20261101T101500Z-00000003"));
        Files.writeString(busy.resolve("pack"), "x");
        FileTime lastWeek =
                FileTime.from(Files.getLastModifiedTime(busy).toInstant().minus(Duration.ofDays(7)));
        Files.setLastModifiedTime(image, lastWeek);
        Files.setLastModifiedTime(busy, lastWeek);

        store().begin(SECOND, GUEST).close();

        assertThat(old).doesNotExist();
        assertThat(busy).exists();
    }

    @Test
    void whereNothingCanBeStoredThatIsSaidBefore() throws IOException {
        assertThat(store(parent.resolve("a/new/one")).notWritable()).isEmpty();
        Path file = Files.writeString(parent.resolve("plain"), "x");
        assertThat(store(file.resolve("below")).notWritable())
                .hasValueSatisfying(reason -> assertThat(reason.code()).isEqualTo("store-not-writable"));
    }

    @Test
    void aStoreOnAFileSystemThatTakesNoFilesFailsWithAHint() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "there is /proc");
        Failed failed = catchThrowableOfType(
                Failed.class, () -> store(Path.of("/proc/self/store")).begin(FIRST, GUEST));

        assertThat(failed.hint()).isNotEmpty();
        assertThat(failed).hasMessageContaining("/proc/self/store");
    }

    @Test
    void troubleIsToldInAnOperatorsWords() {
        assertThat(StoreTrouble.of(parent, new IOException("No space left on device"))
                        .code())
                .isEqualTo("store-full");
        assertThat(StoreTrouble.of(parent, new IOException("Disk quota exceeded"))
                        .code())
                .isEqualTo("store-full");
        assertThat(StoreTrouble.of(parent, new AccessDeniedException("/x")).code())
                .isEqualTo("store-denied");
        assertThat(StoreTrouble.of(parent, new IOException("/x: Read-only file system"))
                        .code())
                .isEqualTo("store-read-only");
        assertThat(StoreTrouble.of(parent, new IOException("Input/output error"))
                        .code())
                .isEqualTo("store-failed");
    }

    @Test
    void twoHundredCheckpointsAreListedFast() {
        for (int i = 0; i < 200; i++) {
            put(store(), new CheckpointId(String.format("20261122T101500Z-%08x", i)), image(1));
        }
        assertThat(store().list()).hasSize(200);
        long begun = System.nanoTime();
        store().list();
        // A few milliseconds on an idle machine; the bound leaves room for a busy one.
        assertThat(System.nanoTime() - begun).isLessThan(1_000_000_000L);
    }
}
