package org.vfrt.core.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.DamagedImage;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.disk.ContentSink;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pack.DamagedPack;
import org.vfrt.core.pack.DiskUnpacker;
import org.vfrt.core.pack.ImagePacker;
import org.vfrt.core.pack.ImageUnpacker;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;
import org.vfrt.core.pack.StoreKey;

/**
 * A store of packs, wherever its {@link Backend} keeps them, as docs/format.md says. One that was never written to is empty. Safe for
 * several threads and processes.
 */
public final class PackedStore implements CheckpointStore {

    /** As long as a text in libvirt's protocol can be. */
    static final int DEFINITION_BYTES_MAX = 4 << 20;

    private static final int SALT_BYTES = 16;

    private final Backend backend;
    private final CheckpointMarks verified;
    private final CheckpointMarks damaged;
    private final Baseline baseline;
    private final StoreKeys keys;
    private final Random random;
    private final long reserveBytes;
    private volatile @Nullable StoreKey open;

    /**
     * Makes the store.
     *
     * @param backend where it is
     * @param keys what the store is opened with, as soon as something of a checkpoint's contents is wanted
     * @param random makes what no two packs may have in common, and nobody can guess
     * @param reserveBytes of the file system in which packs are made that no checkpoint takes: a store that is full to the last block
     *     cannot even be made emptier
     */
    public PackedStore(Backend backend, StoreKeys keys, Random random, long reserveBytes) {
        this.backend = backend;
        this.verified = new CheckpointMarks(backend.notes(), "verified");
        this.damaged = new CheckpointMarks(backend.notes(), "damaged");
        this.baseline = new Baseline(backend.notes());
        this.keys = keys;
        this.random = random;
        this.reserveBytes = reserveBytes;
    }

    /** Makes a store of which the key itself is known, and without a reserve. */
    public PackedStore(Backend backend, StoreKey key, Random random) {
        this(backend, StoreKeys.known(key), random, 0);
    }

    @Override
    public Incoming begin(CheckpointId id, UUID guest, Optional<CheckpointId> base) {
        backend.demandPrivate();
        try {
            // Asked before anything is made.
            key();
            backend.prepare();
            noteHead();
            if (backend.holds(id) || backend.packBytes(id).isPresent()) {
                throw new FileAlreadyExistsException(id.text());
            }
            return begun(backend.spool().begin(id), guest, base);
        } catch (FileAlreadyExistsException e) {
            throw new Failed(
                    "checkpoint-exists",
                    "checkpoint '" + id + "' is in the store '" + backend.location() + "' already, or being made",
                    "Type the command again: it will take a new id.",
                    e);
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    private Incoming begun(Making making, UUID guest, Optional<CheckpointId> base) throws IOException {
        try {
            backend.spool().discardOfTheDead();
            backend.spool().forgetAbandonedBefore(making);
            return incoming(making, guest, base);
        } catch (IOException | RuntimeException e) {
            try {
                backend.spool().discard(making.id());
            } catch (IOException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    /** Whoever writes first decides that the store is a plain one; 'store init' may be doing otherwise at the same moment. */
    private void noteHead() throws IOException {
        StoreHeadFile file = new StoreHeadFile(backend);
        if (headFits(file)) {
            return;
        }
        boolean plain = !key().encrypts();
        backend.lock(Backend.Lock.CHANGES).holding(() -> {
            if (!headFits(file) && plain) {
                // A store that lost its head is not to be gone on with in clear.
                unlock();
                file.write(new StoreHead(newId(random), List.of()));
            }
            return file;
        });
    }

    private boolean headFits(StoreHeadFile file) throws IOException {
        Optional<StoreHead> head = file.read();
        if (head.isPresent() && head.get().encrypted() && !key().encrypts()) {
            throw StoreKeys.missing(backend.location());
        }
        return head.isPresent();
    }

    static UUID newId(Random random) {
        // With the bits set that say so: random, RFC 4122.
        return new UUID((random.nextLong() & ~0xf000L) | 0x4000L, (random.nextLong() >>> 2) | Long.MIN_VALUE);
    }

    private Incoming incoming(Making making, UUID guest, Optional<CheckpointId> base) throws IOException {
        StoreKey key = key();
        Packs.Files files = backend.packs(Backend.Use.CAPTURE);
        Packs packs = new Packs(files, key);
        try {
            DurableFiles.createDirectory(making.workspace());
            Baseline.Drawn from = baseline.readAt(backend.spool().madeAt(making))
                    .without(damaged().keySet());
            Optional<String> parent = parent(packs, guest, base, from);
            if (backend.isFar() && parent.isPresent()) {
                packs.openAll(parent.get());
            }
            Optional<StoreIndex> index = backend.isFar() ? nearIndex(files, packs, from) : index(from::buildsOn);
            ImagePacker packer = new ImagePacker(
                    packs,
                    parent,
                    index,
                    making.workspace(),
                    making.pack(),
                    making.id().text(),
                    this::salt);
            return new IncomingCheckpoint(
                    backend,
                    making,
                    files,
                    packs,
                    index,
                    parent.map(CheckpointId::new),
                    packer,
                    new Reserve(backend.spool().directory(), reserveBytes));
        } catch (IOException | RuntimeException e) {
            closeAfter(e, packs);
            throw e;
        }
    }

    /** A hint: without it, and while a collection puts another in its place, pages are stored that others have. */
    private Optional<StoreIndex> index(Predicate<CheckpointId> wanted) {
        try {
            return Optional.of(StoreIndex.open(
                    backend.index(), name -> CheckpointId.matches(name) && wanted.test(new CheckpointId(name))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * The index where packs are far and nothing that is open stays: of checkpoints that are there, since packs of deleted ones may go at
     * any time, and as far as their packs can be opened without keeping a guest waiting. What other machines stored is added to it.
     */
    private Optional<StoreIndex> nearIndex(Packs.Files files, Packs packs, Baseline.Drawn from) throws IOException {
        List<String> wanted = backend.checkpoints().stream()
                .filter(from::buildsOn)
                .map(CheckpointId::text)
                .toList();
        Set<String> near = files.fetch(wanted);
        try {
            new CatchUp(backend, packs).run(near);
        } catch (IOException e) {
            // Then it knows less.
            return Optional.empty();
        }
        return index(id -> near.contains(id.text()));
    }

    /** The checkpoint that was asked for, or the guest's newest one, as far as it can be read and built on. */
    private Optional<String> parent(Packs packs, UUID guest, Optional<CheckpointId> base, Baseline.Drawn from) {
        return list().stream()
                .filter(manifest -> manifest.guestUuid().equals(guest) && manifest.format() == ImageFormat.LIBXL)
                .filter(manifest -> from.buildsOn(manifest.id()))
                .sorted(Comparator.comparing((Manifest manifest) ->
                                base.filter(manifest.id()::equals).isEmpty())
                        .thenComparing(FindCheckpoint.OLDEST_FIRST.reversed()))
                .map(manifest -> manifest.id().text())
                .filter(packs::opens)
                .findFirst();
    }

    /** Opens packs; to be closed. */
    Packs packs(Backend.Use use) {
        StoreKey key = key();
        return new Packs(backend.packs(use), key);
    }

    @Override
    public void unlock() {
        key();
        int sealedOtherwise = 0;
        try (Packs packs = packs(Backend.Use.LOOK)) {
            for (String name : checkpointNames()) {
                if (packs.isOfAnotherKey(name)) {
                    sealedOtherwise++;
                } else if (packs.opens(name)) {
                    return;
                }
            }
            if (sealedOtherwise > 0) {
                throw headOfAnother(new StoreHeadFile(backend).read().isPresent(), sealedOtherwise);
            }
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    /** Returns whether what is in it is encrypted. */
    boolean encrypts() {
        return key().encrypts();
    }

    private Damaged headOfAnother(boolean there, int checkpoints) {
        String store = "the store '" + backend.location() + "' has " + checkpoints + " checkpoints, ";
        return there
                ? new Damaged(
                        "store-head-foreign",
                        store + "none of which opens with what its 'store.json' says: it is that of another store",
                        "Bring the store's own 'store.json' back from a copy. This says nothing of the checkpoints.")
                : new Damaged(
                        "store-head-missing",
                        store + "none of which can be read without a key, and its 'store.json' is missing",
                        "Bring 'store.json' back from a copy; without it an encrypted store is lost. For a new one name another"
                                + " directory.");
    }

    /** Opens the store, once. */
    private StoreKey key() {
        StoreKey known = open;
        if (known != null) {
            return known;
        }
        try {
            StoreKey found = keys.open(backend);
            open = found;
            return found;
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    /** Returns the lock that whoever changes what there is holds. */
    StoreLock lock() {
        return backend.lock(Backend.Lock.CHANGES);
    }

    Backend backend() {
        return backend;
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

    /** Returns the names of the packs of deleted checkpoints. */
    List<String> retiredNames() throws IOException {
        return backend.retired().stream().map(CheckpointId::text).toList();
    }

    /** Removes what collections and deletions left that were cut short. For the only collection that runs. */
    void sweep() throws IOException {
        backend.sweep();
        StoreIndex.remove(freshIndex());
        Set<CheckpointId> there = Set.copyOf(backend.checkpoints());
        verified.forgetGone(there::contains);
        damaged.forgetGone(there::contains);
    }

    /** The index that is to take the place of the other one. */
    Path freshIndex() throws IOException {
        Path index = backend.index();
        return index.resolveSibling(index.getFileName() + ".new");
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
        List<CheckpointId> ids = ids();
        backend.expect(ids);
        for (CheckpointId id : ids) {
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
        try {
            return ManifestJson.read(id, backend.manifest(id));
        } catch (NoSuchFileException e) {
            throw notFound(id);
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public String definition(CheckpointId id) {
        Manifest manifest = manifest(id);
        byte[] xml;
        try (Packs packs = packs(Backend.Use.LOOK)) {
            xml = ImageUnpacker.definition(packs, id.text());
        } catch (IOException e) {
            throw unreadable("definition-damaged", id, "its definition", e);
        }
        if (!key().definitionId(xml).equals(manifest.definitionSha256())) {
            throw damaged("definition-damaged", id, "its definition is not the one that was stored", null);
        }
        return new String(xml, StandardCharsets.UTF_8);
    }

    @Override
    public InputStream image(CheckpointId id) {
        // Opened before it is looked whether the checkpoint is there: from then on nothing of it goes.
        Packs packs = packs(Backend.Use.READ);
        try {
            Manifest manifest = manifest(id);
            return new CheckedImage(
                    manifest, new ImageUnpacker(packs, id.text(), manifest.imageRoot(), manifest.memoryPagesEnd()));
        } catch (IOException e) {
            closeAfter(e, packs);
            throw unreadable("image-damaged", id, "its image", e);
        } catch (RuntimeException e) {
            closeAfter(e, packs);
            throw e;
        }
    }

    @Override
    public void disk(CheckpointId id, String target, ContentSink sink) throws IOException {
        Packs packs = packs(Backend.Use.READ);
        try (DiskUnpacker disk = unpacker(packs, id, target)) {
            disk.to(sink::data);
        } catch (DamagedPack e) {
            throw new DamagedImage("disk '" + target + "' of checkpoint '" + id + "' is damaged: " + e.getMessage());
        }
    }

    private DiskUnpacker unpacker(Packs packs, CheckpointId id, String target) throws IOException {
        try {
            PairedDisk disk = manifest(id).storedDisks().stream()
                    .filter(one -> one.target().equals(target))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "checkpoint '" + id + "' holds no content of disk '" + target + "'"));
            DiskContent content = disk.content().orElseThrow();
            return new DiskUnpacker(packs, id.text(), content.firstPage(), disk.sizeBytes(), content.root());
        } catch (IOException e) {
            closeAfter(e, packs);
            throw unreadable("image-damaged", id, "its disk '" + target + "'", e);
        } catch (RuntimeException e) {
            closeAfter(e, packs);
            throw e;
        }
    }

    private static void closeAfter(Exception e, Packs packs) {
        try {
            packs.close();
        } catch (IOException also) {
            e.addSuppressed(also);
        }
    }

    private Failure unreadable(String code, CheckpointId id, String what, IOException e) {
        if (e instanceof NoSuchFileException) {
            String message = String.valueOf(e.getMessage());
            boolean ofAnother = message.startsWith("pack '") && !message.equals(StorePacks.missing(id));
            return damaged(code, id, ofAnother ? what + " needs others, and " + message : what + " is missing", e);
        }
        if (e instanceof OddFile) {
            return damaged(code, id, what + " is no proper file: " + e.getMessage(), e);
        }
        if (e instanceof DamagedPack) {
            return damaged(code, id, e.getMessage(), e);
        }
        return backend.trouble(e);
    }

    @Override
    public void noteVerified(CheckpointId id, Instant when) {
        try {
            if (!backend.holds(id)) {
                throw notFound(id);
            }
            verified.note(id, when);
            damaged.drop(id);
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public void noteDamaged(CheckpointId id, Instant when) {
        try {
            if (!backend.holds(id)) {
                // Deleted meanwhile, and its pages may have gone with it: that is no damage.
                return;
            }
            damaged.note(id, when);
            verified.drop(id);
            baseline.draw(id, when);
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    /** Notes that there is damage in a pack, whether or not its own checkpoint suffers: nothing is built on it any more. */
    void noteDamagedPack(CheckpointId id, Instant when) {
        try {
            baseline.draw(id, when);
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    /** Returns the names of the notes that are not what was noted; they count as none, or as the worst there can be. */
    List<String> unreadableNotes() throws IOException {
        Set<CheckpointId> there = Set.copyOf(backend.checkpoints());
        List<String> unreadable = new ArrayList<>(verified.unreadable(there::contains));
        unreadable.addAll(damaged.unreadable(there::contains));
        baseline.unreadable().ifPresent(unreadable::add);
        return unreadable;
    }

    @Override
    public Map<CheckpointId, Instant> verified() {
        return marked(verified);
    }

    @Override
    public Map<CheckpointId, Instant> damaged() {
        return marked(damaged);
    }

    private Map<CheckpointId, Instant> marked(CheckpointMarks marks) {
        backend.demandPrivate();
        try {
            Map<CheckpointId, Instant> marked = marks.all(id -> true);
            if (!marked.isEmpty()) {
                marked.keySet().retainAll(Set.copyOf(backend.checkpoints()));
            }
            return marked;
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public void delete(CheckpointId id) {
        try {
            if (!backend.holds(id)) {
                throw notFound(id);
            }
            // Out of sight in one step: a half removed checkpoint must never be offered for a restore. Its pack
            // stays as long as others need it.
            lock().holding(() -> {
                backend.retire(id);
                return id;
            });
            // After it, not before: a crash in between must not leave the last verified checkpoint without its mark.
            verified.drop(id);
            damaged.drop(id);
        } catch (NoSuchFileException e) {
            throw notFound(id);
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public void discard(CheckpointId id) {
        try {
            backend.discard(id);
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public UUID identity() {
        try {
            return new StoreHeadFile(backend)
                    .read()
                    .map(StoreHead::id)
                    .orElseThrow(() -> new Failed(
                            "store-head-missing",
                            "the store '" + backend.location() + "' has no 'store.json', which tells it from others",
                            "Bring it back from a copy; a store that has none is made by 'vfrt store init'."));
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public Optional<Set<CheckpointId>> making() {
        try {
            return backend.isFar()
                    ? Optional.empty()
                    : Optional.of(backend.spool().making());
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public String location() {
        return backend.location();
    }

    @Override
    public Optional<Reason> notWritable() {
        return backend.notWritable().or(this::locked);
    }

    /** A guest must not stand still for a store that turns out to be locked. */
    private Optional<Reason> locked() {
        try {
            unlock();
            return Optional.empty();
        } catch (Failure e) {
            return Optional.of(new Reason(e.code(), e.getMessage(), e.hint()));
        }
    }

    @Override
    public long freeBytes() {
        try {
            return new Reserve(backend.spool().directory(), reserveBytes).freeBytes();
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    @Override
    public OptionalLong addedBytes(CheckpointId id) {
        try {
            return baseline.read().buildsOn(id) ? backend.packBytes(id) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private List<CheckpointId> ids() {
        backend.demandPrivate();
        try {
            return backend.checkpoints();
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    private NotFound notFound(CheckpointId id) {
        return new NotFound(
                "no-such-checkpoint",
                "there is no checkpoint '" + id + "' in the store '" + backend.location() + "'",
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
