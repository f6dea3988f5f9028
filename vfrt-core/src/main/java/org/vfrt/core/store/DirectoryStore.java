package org.vfrt.core.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pack.DamagedPack;
import org.vfrt.core.pack.ImagePacker;
import org.vfrt.core.pack.ImageUnpacker;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;
import org.vfrt.core.pack.StoreKey;

/**
 * A store in one directory of a local file system, laid out as docs/format.md says. The directory is made, 0700, by the first
 * write; one that does not exist is an empty store. Safe for several threads and processes.
 */
public final class DirectoryStore implements CheckpointStore {

    /** As long as a text in libvirt's protocol can be. */
    static final int DEFINITION_BYTES_MAX = 4 << 20;

    private static final Duration ABANDONED = Duration.ofDays(2);

    private static final int SALT_BYTES = 16;

    private final StoreFiles files;
    private final VerifiedMarks marks;
    private final Baseline baseline;
    private final StoreKeys keys;
    private final Random random;
    private final long reserveBytes;
    private volatile @Nullable StoreKey open;

    /**
     * Makes the store.
     *
     * @param directory may be missing, and may be a symbolic link to a directory
     * @param keys what the store is opened with, as soon as something of a checkpoint's contents is wanted
     * @param random makes what no two packs may have in common, and nobody can guess
     * @param reserveBytes of the file system that no checkpoint takes: a store that is full to the last block cannot even be
     *     made emptier
     */
    public DirectoryStore(Path directory, StoreKeys keys, Random random, long reserveBytes) {
        this.files = new StoreFiles(directory.toAbsolutePath().normalize());
        this.marks = new VerifiedMarks(files.store());
        this.baseline = new Baseline(files.store());
        this.keys = keys;
        this.random = random;
        this.reserveBytes = reserveBytes;
    }

    /** Makes a store of which the key itself is known, and without a reserve. */
    public DirectoryStore(Path directory, StoreKey key, Random random) {
        this(directory, StoreKeys.known(key), random, 0);
    }

    @Override
    public Incoming begin(CheckpointId id, UUID guest) {
        refuseOpenToOthers();
        try {
            // Asked before anything is made.
            key();
            for (Path part : List.of(files.checkpoints(), files.incoming(), files.retired())) {
                DurableFiles.createDirectories(part);
                refuseLink(part);
            }
            noteHead();
            if (Files.exists(files.checkpoint(id), LinkOption.NOFOLLOW_LINKS)
                    || Files.exists(files.retired(id), LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(id.text());
            }
            DurableFiles.createDirectory(files.incoming(id));
            return begun(id, guest);
        } catch (FileAlreadyExistsException e) {
            throw new Failed(
                    "checkpoint-exists",
                    "checkpoint '" + id + "' is in the store '" + files.store() + "' already, or being made",
                    "Type the command again: it will take a new id.",
                    e);
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    private Incoming begun(CheckpointId id, UUID guest) throws IOException {
        try {
            forgetAbandonedBefore(files.incoming(id));
            return incoming(id, guest);
        } catch (IOException | RuntimeException e) {
            try {
                DurableFiles.removeTree(files.incoming(id));
            } catch (IOException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    /** Whoever writes first decides that the store is a plain one; 'store init' may be doing otherwise at the same moment. */
    private void noteHead() throws IOException {
        StoreHeadFile file = new StoreHeadFile(files.store());
        boolean plain = !key().encrypts();
        lock().holding(() -> {
            Optional<StoreHead> head = file.read();
            if (plain && head.isEmpty()) {
                file.write(new StoreHead(newId(random), List.of()));
            }
            if (plain && head.isPresent() && head.get().encrypted()) {
                throw StoreKeys.missing(files.store());
            }
            return file;
        });
    }

    static UUID newId(Random random) {
        // With the bits set that say so: random, RFC 4122.
        return new UUID((random.nextLong() & ~0xf000L) | 0x4000L, (random.nextLong() >>> 2) | Long.MIN_VALUE);
    }

    private Incoming incoming(CheckpointId id, UUID guest) throws IOException {
        Packs packs = packs();
        Path making = files.incoming(id);
        Path workspace = StoreFiles.workspace(making);
        DurableFiles.createDirectory(workspace);
        Baseline.Drawn from = baseline.read();
        Optional<StoreIndex> index = index(from);
        ImagePacker packer = new ImagePacker(
                packs, parent(packs, guest, from), index, workspace, StoreFiles.pack(making), id.text(), this::salt);
        return new IncomingDirectory(files, id, lock(), packs, index, packer, new Reserve(files.store(), reserveBytes));
    }

    /** A hint: without it, and while a collection puts another in its place, pages are stored that others have. */
    private Optional<StoreIndex> index(Baseline.Drawn from) {
        try {
            return Optional.of(StoreIndex.open(
                    files.index(), name -> CheckpointId.matches(name) && from.buildsOn(new CheckpointId(name))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The guest's newest checkpoint, as far as it can be read and built on. */
    private Optional<String> parent(Packs packs, UUID guest, Baseline.Drawn from) {
        return list().stream()
                .filter(manifest -> manifest.guestUuid().equals(guest) && manifest.format() == ImageFormat.LIBXL)
                .filter(manifest -> from.buildsOn(manifest.id()))
                .sorted(FindCheckpoint.OLDEST_FIRST.reversed())
                .map(manifest -> manifest.id().text())
                .filter(packs::opens)
                .findFirst();
    }

    /** Opens packs; to be closed. */
    Packs packs() {
        return new Packs(new StorePacks(files), key());
    }

    /** Opens the store, once. */
    private StoreKey key() {
        StoreKey known = open;
        if (known != null) {
            return known;
        }
        try {
            StoreKey found = keys.open(files.store());
            open = found;
            return found;
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    /** Returns the lock that whoever changes what there is holds. */
    StoreLock lock() {
        return new StoreLock(files.store().resolve("lock"));
    }

    StoreFiles files() {
        return files;
    }

    byte[] salt() {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return salt;
    }

    /** Returns the names of all that look like checkpoints, readable or not. */
    List<String> checkpointNames() {
        return ids().stream().map(CheckpointId::text).toList();
    }

    /** Returns the names of the packs of deleted checkpoints. Without its pack, one is what a removal left that was cut short. */
    List<String> retiredNames() throws IOException {
        return entries(files.retired()).stream()
                .filter(entry -> Files.exists(StoreFiles.pack(entry), LinkOption.NOFOLLOW_LINKS))
                .map(entry -> String.valueOf(entry.getFileName()))
                .filter(CheckpointId::matches)
                .toList();
    }

    /**
     * Makes the names of checkpoints and packs durable as they can be seen: a deletion whose process died before it did so could be
     * undone by a power cut, after its pages were freed. To be called under the lock.
     */
    void makeNamesDurable() throws IOException {
        for (Path part : List.of(files.checkpoints(), files.retired())) {
            if (Files.isDirectory(part, LinkOption.NOFOLLOW_LINKS)) {
                DurableFiles.sync(part);
            }
        }
    }

    /** Removes what collections and deletions left that were cut short. For the only collection that runs. */
    void sweep() throws IOException {
        for (Path retired : entries(files.retired())) {
            if (CheckpointId.matches(String.valueOf(retired.getFileName()))
                    && !Files.exists(StoreFiles.pack(retired), LinkOption.NOFOLLOW_LINKS)) {
                DurableFiles.removeTree(retired);
            }
        }
        for (Path incoming : entries(files.incoming())) {
            String name = String.valueOf(incoming.getFileName());
            // A capture never has the id of a pack that is there: this one was to be written anew.
            if (CheckpointId.matches(name) && packOf(new CheckpointId(name)).isPresent()) {
                DurableFiles.removeTree(incoming);
            }
        }
        StoreIndex.remove(files.freshIndex());
        marks.forgetGone(id -> Files.exists(files.checkpoint(id), LinkOption.NOFOLLOW_LINKS));
    }

    /** Returns the file of a pack, wherever it is. */
    Optional<Path> packOf(CheckpointId id) {
        return Stream.of(files.checkpoint(id), files.retired(id))
                .map(StoreFiles::pack)
                .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
                .findFirst();
    }

    @Override
    public List<Manifest> list() {
        return listing().manifests();
    }

    @Override
    public List<String> unreadable() {
        return listing().unreadable();
    }

    @Override
    public Listing listing() {
        List<Manifest> manifests = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        read(manifests, unreadable);
        manifests.sort(FindCheckpoint.OLDEST_FIRST);
        return new Listing(manifests, unreadable);
    }

    private void read(List<Manifest> manifests, List<String> unreadable) {
        for (CheckpointId id : ids()) {
            try {
                manifests.add(manifest(id));
            } catch (Damaged e) {
                unreadable.add(id.text());
            } catch (NotFound e) {
                // It was deleted since the directory was read, and is in neither list.
            }
        }
    }

    @Override
    public Manifest manifest(CheckpointId id) {
        Path checkpoint = files.checkpoint(id);
        if (!Files.exists(checkpoint, LinkOption.NOFOLLOW_LINKS)) {
            throw notFound(id);
        }
        if (!Files.isDirectory(checkpoint, LinkOption.NOFOLLOW_LINKS)) {
            throw ManifestJson.damaged(id, "'" + checkpoint + "' is not a directory", null);
        }
        byte[] json;
        try {
            json = DurableFiles.read(StoreFiles.manifest(checkpoint), ManifestJson.BYTES_MAX);
        } catch (NoSuchFileException e) {
            if (!Files.exists(checkpoint, LinkOption.NOFOLLOW_LINKS)) {
                throw notFound(id);
            }
            throw ManifestJson.damaged(id, "the file is missing", e);
        } catch (IOException e) {
            // A sector that cannot be read is the trouble of one checkpoint, not of the store.
            throw ManifestJson.damaged(id, why(e), e);
        }
        return ManifestJson.read(id, json);
    }

    @Override
    public String definition(CheckpointId id) {
        Manifest manifest = manifest(id);
        byte[] xml;
        try (Packs packs = packs()) {
            xml = ImageUnpacker.definition(packs, id.text());
        } catch (IOException e) {
            throw unreadable("definition-damaged", id, "its definition", e);
        }
        if (!Sha256.of(xml).equals(manifest.definitionSha256())) {
            throw damaged("definition-damaged", id, "its definition is not the one that was stored", null);
        }
        return new String(xml, StandardCharsets.UTF_8);
    }

    @Override
    public InputStream image(CheckpointId id) {
        Manifest manifest = manifest(id);
        Packs packs = packs();
        try {
            return new CheckedImage(manifest, new ImageUnpacker(packs, id.text(), manifest.imageRoot()));
        } catch (IOException e) {
            closeAfter(e, packs);
            throw unreadable("image-damaged", id, "its image", e);
        }
    }

    private static void closeAfter(IOException e, Packs packs) {
        try {
            packs.close();
        } catch (IOException also) {
            e.addSuppressed(also);
        }
    }

    private Failure unreadable(String code, CheckpointId id, String what, IOException e) {
        if (e instanceof NoSuchFileException) {
            return damaged(code, id, what + " is missing", e);
        }
        if (e instanceof OddFile) {
            return damaged(code, id, what + " is no proper file: " + e.getMessage(), e);
        }
        if (e instanceof DamagedPack) {
            return damaged(code, id, e.getMessage(), e);
        }
        return StoreTrouble.of(files.store(), e);
    }

    @Override
    public void noteVerified(CheckpointId id, Instant when) {
        if (!Files.exists(files.checkpoint(id), LinkOption.NOFOLLOW_LINKS)) {
            throw notFound(id);
        }
        try {
            marks.note(id, when);
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public void noteDamaged(CheckpointId id, Instant when) {
        try {
            marks.drop(id);
            baseline.draw(id, when);
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public Map<CheckpointId, Instant> verified() {
        refuseOpenToOthers();
        try {
            return marks.all(id -> Files.exists(files.checkpoint(id), LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public void delete(CheckpointId id) {
        if (!Files.exists(files.checkpoint(id), LinkOption.NOFOLLOW_LINKS)) {
            throw notFound(id);
        }
        try {
            DurableFiles.createDirectories(files.retired());
            // Out of sight in one step: a half removed checkpoint must never be offered for a restore. Its pack
            // stays as long as others need it.
            lock().holding(() -> {
                DurableFiles.move(files.checkpoint(id), files.retired(id));
                return id;
            });
            // After it, not before: a crash in between must not leave the last verified checkpoint without its mark.
            marks.drop(id);
        } catch (NoSuchFileException e) {
            throw notFound(id);
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public void discard(CheckpointId id) {
        try {
            DurableFiles.removeTree(files.incoming(id));
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public String location() {
        return files.store().toString();
    }

    @Override
    public Optional<Reason> notWritable() {
        Path there = files.store();
        while (!Files.exists(there)) {
            there = Objects.requireNonNull(there.getParent(), "the root is always there");
        }
        if (Files.isDirectory(there) && Files.isWritable(there)) {
            return locked();
        }
        return Optional.of(new Reason(
                "store-not-writable",
                "nothing can be stored in '" + files.store() + "': '" + there + "' cannot be written to",
                "See whether its file system is mounted read-only, and whose it is."));
    }

    /** A guest must not stand still for a store that turns out to be locked. */
    private Optional<Reason> locked() {
        try {
            key();
            return Optional.empty();
        } catch (Failure e) {
            return Optional.of(new Reason(e.code(), e.getMessage(), e.hint()));
        }
    }

    @Override
    public long freeBytes() {
        try {
            return new Reserve(files.store(), reserveBytes).freeBytes();
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public OptionalLong addedBytes(CheckpointId id) {
        try {
            return OptionalLong.of(Files.size(StoreFiles.pack(files.checkpoint(id))));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * What no journal entry names any more, because a person removed that, would stay for ever. A capture writes all the time; what
     * nobody wrote to for two days belongs to nobody. The time is the file system's own, as of the one just made.
     */
    private void forgetAbandonedBefore(Path madeNow) throws IOException {
        Instant old = Files.getLastModifiedTime(madeNow).toInstant().minus(ABANDONED);
        for (Path incoming : entries(files.incoming())) {
            Path pack = StoreFiles.pack(incoming);
            Path newest = Files.exists(pack, LinkOption.NOFOLLOW_LINKS) ? pack : incoming;
            if (Files.getLastModifiedTime(newest, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isBefore(old)) {
                DurableFiles.removeTree(incoming);
            }
        }
    }

    /** Renames work inside one file system only, and a link could lead anywhere. */
    private static void refuseLink(Path part) throws IOException {
        if (Files.exists(part, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(part, LinkOption.NOFOLLOW_LINKS)) {
            throw new NotDirectoryException(part.toString());
        }
    }

    /** Whoever can write there can put another image in place of a guest's, and it would run as that guest. */
    private void refuseOpenToOthers() {
        try {
            if (DurableFiles.isOpenToOthers(files.store())) {
                throw new Refused(
                        "store-open-to-others",
                        "every user of this machine can write to the store '" + files.store() + "'",
                        "Keep others out with 'chmod o-w', and look whether what is in it is yours.");
            }
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    private List<CheckpointId> ids() {
        refuseOpenToOthers();
        try {
            refuseLink(files.checkpoints());
            List<CheckpointId> ids = new ArrayList<>();
            for (Path entry : entries(files.checkpoints())) {
                String name = String.valueOf(entry.getFileName());
                if (CheckpointId.matches(name)) {
                    ids.add(new CheckpointId(name));
                }
            }
            return ids;
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    private List<Path> entries(Path directory) throws IOException {
        try {
            return DurableFiles.list(directory);
        } catch (NotDirectoryException e) {
            // Name the culprit: the store itself may be a file.
            boolean store = Files.exists(files.store()) && !Files.isDirectory(files.store());
            throw new NotDirectoryException((store ? files.store() : directory).toString());
        }
    }

    private static String why(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
    }

    private NotFound notFound(CheckpointId id) {
        return new NotFound(
                "no-such-checkpoint",
                "there is no checkpoint '" + id + "' in the store '" + files.store() + "'",
                "List them with 'vfrt checkpoint list'.");
    }

    private static Damaged damaged(String code, CheckpointId id, @Nullable String why, @Nullable Throwable cause) {
        return new Damaged(
                code,
                "checkpoint '" + id + "' is damaged: " + why,
                "It cannot be restored; choose another one with 'vfrt checkpoint list'.",
                cause);
    }
}
