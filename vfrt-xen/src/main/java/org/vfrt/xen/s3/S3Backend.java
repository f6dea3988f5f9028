package org.vfrt.xen.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.config.S3Settings;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.store.Backend;
import org.vfrt.core.store.Making;
import org.vfrt.core.store.Notes;
import org.vfrt.core.store.Spool;
import org.vfrt.core.store.StoreLock;
import org.vfrt.core.store.StoreName;
import org.vfrt.core.store.StoreTrouble;

/**
 * A bucket of an S3-compatible object store, laid out as docs/format.md says. A checkpoint is there from the moment its manifest is. Packs
 * are made on this machine and carried there; whoever changes something holds a lock that all machines see, and makes sure of it before
 * each step.
 */
public final class S3Backend implements Backend {

    /** How long a lock or a use that is not renewed still counts. */
    static final Duration TERM = Duration.ofSeconds(60);

    /** How long somebody waits for a lock that is held for moments. */
    static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final String MANIFESTS = "checkpoints/";
    private static final String RETIRED = "retired/";
    private static final String PROBE = "probe-";
    private static final String CHANGES = "lock";
    private static final int MANIFEST_BYTES_MAX = 1 << 20;

    private final Objects objects;
    private final StoreLocation.Bucket place;
    private final Path state;
    private final long cacheBytes;
    private final Random random;
    private final S3Locks locks;
    private final S3Uses uses;
    private final Map<CheckpointId, UploadPack.Sent> sent = new ConcurrentHashMap<>();
    private final Remembered remembered;
    private final Map<CheckpointId, byte[]> expected = new ConcurrentHashMap<>();
    private volatile List<Objects.Entry> listed = List.of();
    private volatile @Nullable UUID name;

    /**
     * Makes the backend. Nothing is asked of the server yet.
     *
     * @param state a private directory of this machine, for packs in the making and for the index
     * @param random nobody can guess what it says
     */
    public S3Backend(
            StoreLocation.Bucket place, S3Settings settings, S3Credentials credentials, Path state, Random random) {
        this(
                new SdkObjects(place, new S3Access(settings, credentials)),
                place,
                state,
                settings.cacheBytes(),
                random,
                new LinuxProcesses(),
                TERM,
                PATIENCE);
    }

    S3Backend(
            Objects objects,
            StoreLocation.Bucket place,
            Path state,
            long cacheBytes,
            Random random,
            Processes processes,
            Duration term,
            Duration patience) {
        this.objects = objects;
        this.remembered = new Remembered(objects);
        this.place = place;
        this.state = state;
        this.cacheBytes = cacheBytes;
        this.random = random;
        this.locks = new S3Locks(objects, place.toString(), processes, term, patience, () -> token(16));
        this.uses = new S3Uses(objects, processes, term, () -> token(8));
    }

    private String token(int bytes) {
        byte[] token = new byte[bytes];
        random.nextBytes(token);
        return HexFormat.of().formatHex(token);
    }

    @Override
    public String location() {
        return place.toString();
    }

    @Override
    public boolean isSameAs(Backend other) throws IOException {
        // Two servers may have buckets of the same name.
        return other instanceof S3Backend bucket
                && place.equals(bucket.place)
                && StoreName.of(this).equals(StoreName.of(other));
    }

    @Override
    public boolean exists() throws IOException {
        return objects.look("store.json").isPresent() || isUsed();
    }

    @Override
    public boolean isUsed() {
        return !objects.list(MANIFESTS).value().isEmpty()
                || !objects.list(PackObject.PREFIX).value().isEmpty();
    }

    /** Who may do what in a bucket is for its provider to decide. */
    @Override
    public void demandPrivate() {}

    @Override
    public void found() throws IOException {
        new ProbeServer(objects, location()).run(PROBE + token(8));
    }

    @Override
    public void prepare() throws IOException {
        if (objects.look("store.json").isEmpty()) {
            found();
        }
    }

    @Override
    public Optional<Reason> notWritable() {
        try {
            objects.look("store.json");
            Path there = state;
            while (!Files.exists(there)) {
                there = java.util.Objects.requireNonNull(there.getParent(), "the root is always there");
            }
            return Files.isDirectory(there) && Files.isWritable(there)
                    ? Optional.empty()
                    : Optional.of(new Reason(
                            "store-not-writable",
                            "packs for the store '" + place + "' cannot be made in '" + state + "'",
                            "See whether its file system is mounted read-only, and whose it is."));
        } catch (Failure e) {
            return Optional.of(new Reason(e.code(), String.valueOf(e.getMessage()), e.hint()));
        }
    }

    @Override
    public List<CheckpointId> checkpoints() {
        List<Objects.Entry> manifests = objects.list(MANIFESTS).value();
        listed = manifests;
        return ids(MANIFESTS, manifests);
    }

    private List<CheckpointId> ids(String prefix) {
        return ids(prefix, objects.list(prefix).value());
    }

    private static List<CheckpointId> ids(String prefix, List<Objects.Entry> entries) {
        return entries.stream()
                .map(entry -> entry.key().substring(prefix.length()))
                .filter(CheckpointId::matches)
                .map(CheckpointId::new)
                .toList();
    }

    @Override
    public boolean holds(CheckpointId id) {
        return objects.look(MANIFESTS + id).isPresent();
    }

    /** Without its pack, one is what a removal left that was cut short; with its manifest, what a deletion left. */
    @Override
    public List<CheckpointId> retired() {
        // Looked at first: a checkpoint that is deleted in between shows in at least one of the lists.
        Set<CheckpointId> there = Set.copyOf(checkpoints());
        Set<CheckpointId> packs = packs().keySet();
        return ids(RETIRED).stream()
                .filter(id -> packs.contains(id) && !there.contains(id))
                .toList();
    }

    private Map<CheckpointId, PackObject> packs() {
        return PackObject.newest(objects.list(PackObject.PREFIX).value());
    }

    @Override
    public void expect(List<CheckpointId> ids) {
        Set<String> wanted = ids.stream().map(id -> MANIFESTS + id).collect(Collectors.toSet());
        expected.clear();
        try {
            AtOnce.each(
                    listed.stream()
                            .filter(entry -> wanted.contains(entry.key()))
                            .toList(),
                    this::read);
        } catch (InterruptedIOException e) {
            // Whoever asks next is told.
            return;
        }
    }

    private void read(Objects.Entry manifest) {
        try {
            remembered
                    .get(manifest, MANIFEST_BYTES_MAX)
                    .ifPresent(content ->
                            expected.put(new CheckpointId(manifest.key().substring(MANIFESTS.length())), content));
        } catch (IOException e) {
            // It is told when it is asked for.
            return;
        }
    }

    @Override
    public byte[] manifest(CheckpointId id) throws IOException {
        byte[] known = expected.remove(id);
        if (known != null) {
            return known;
        }
        return objects.get(MANIFESTS + id, MANIFEST_BYTES_MAX)
                .map(there -> there.value().content())
                .orElseThrow(() -> new NoSuchFileException(id.text()));
    }

    @Override
    public Packs.Files packs(Use use) {
        try {
            Optional<Lease> lease = begun(use);
            try {
                return new S3Packs(objects, lease, cache(use), local("read"));
            } catch (IOException | RuntimeException e) {
                lease.ifPresent(Lease::close);
                throw e;
            }
        } catch (IOException e) {
            throw trouble(e);
        }
    }

    /** Who reads pages wants to know whether they are there, and who collects must not go by what was kept of what was. */
    private Optional<PackCache> cache(Use use) throws IOException {
        return use == Use.CAPTURE || use == Use.LOOK
                ? Optional.of(new PackCache(local("packs"), cacheBytes))
                : Optional.empty();
    }

    private Optional<Lease> begun(Use use) {
        if (use == Use.CAPTURE) {
            return Optional.of(uses.begin(S3Uses.Kind.CAPTURE));
        }
        if (use == Use.READ) {
            try {
                return Optional.of(uses.begin(S3Uses.Kind.READ));
            } catch (Refused e) {
                // Who may only read reads at the risk that a collection comes in between, and is told then.
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    @Override
    public OptionalLong packBytes(CheckpointId id) {
        PackObject pack =
                PackObject.newest(objects.list(PackObject.prefix(id)).value()).get(id);
        return pack == null
                ? OptionalLong.empty()
                : OptionalLong.of(pack.entry().bytes());
    }

    @Override
    public long bytes() {
        return objects.list("").value().stream().mapToLong(Objects.Entry::bytes).sum();
    }

    // --- on this machine

    /** Another store in the same bucket finds nothing of the one before. */
    private Path own() throws IOException {
        return state.resolve("spool").resolve(name().map(UUID::toString).orElse("new"));
    }

    private Optional<UUID> name() throws IOException {
        UUID known = name;
        if (known == null) {
            known = StoreName.of(this).orElse(null);
            name = known;
        }
        return Optional.ofNullable(known);
    }

    private Path local(String part) throws IOException {
        Path directory = own().resolve(part);
        DurableFiles.createDirectories(directory);
        return directory;
    }

    @Override
    public Spool spool() throws IOException {
        return new Spool(local("incoming"));
    }

    @Override
    public Path index() throws IOException {
        return own().resolve("index");
    }

    // --- what changes

    @Override
    public boolean isFar() {
        return true;
    }

    @Override
    public void carry(Making made) throws IOException {
        CheckpointId id = made.id();
        Map<CheckpointId, PackObject> there =
                PackObject.newest(objects.list(PackObject.prefix(id)).value());
        PackObject before = there.get(id);
        String key = PackObject.key(id, before == null ? 1 : before.number() + 1, token(4));
        UploadPack upload = new UploadPack(objects);
        UploadPack.Sent done = upload.run(made.pack(), key);
        sent.put(id, done);
        if (before == null) {
            // Nobody sees it without a manifest.
            upload.complete(made.pack(), done);
        }
    }

    @Override
    public void commit(Making made, byte[] manifest, List<String> leadsTo, Packs.Files opened) throws IOException {
        CheckpointId id = made.id();
        if (sent.remove(id) == null || !(opened instanceof S3Packs packs)) {
            throw new IllegalStateException("the pack of '" + id + "' was not carried");
        }
        packs.demandUse();
        List<String> changed = packs.changed(leadsTo);
        if (!changed.isEmpty()) {
            throw changed(id, changed);
        }
        locks.demandHeld(CHANGES);
        if (objects.putIfAbsent(MANIFESTS + id, manifest).isEmpty()) {
            throw new java.nio.file.FileAlreadyExistsException(id.text());
        }
        keep(made);
    }

    /** The guest's next checkpoint leads to this one. */
    private void keep(Making made) {
        try {
            List<Objects.Entry> all = objects.list(PackObject.PREFIX).value();
            PackObject own = PackObject.newest(all).get(made.id());
            if (own != null) {
                PackCache cache = new PackCache(local("packs"), cacheBytes);
                cache.keepWhole(made.pack(), own.entry());
                cache.makeRoom(all);
            }
            spool().discard(made.id());
        } catch (IOException | Failure e) {
            // The checkpoint is there. What is left of it here goes with the next collection from here.
            return;
        }
    }

    private Temporary changed(CheckpointId id, List<String> packs) {
        return new Temporary(
                "store-changed",
                "checkpoint '" + id + "' was dropped: a collection changed " + packs.size()
                        + " packs that it shares pages with, '" + packs.get(0) + "' among them",
                "Type the command again.");
    }

    /** Nobody makes it any more: what was carried already goes too. */
    @Override
    public void discard(CheckpointId id) throws IOException {
        UploadPack.Sent sending = sent.remove(id);
        if (sending != null) {
            new UploadPack(objects).giveUp(sending);
        }
        if (Files.exists(own())) {
            spool().discard(id);
        }
        if (isNobodys(id)) {
            lock(Lock.CHANGES).holding(() -> {
                if (isNobodys(id)) {
                    removePack(id);
                }
                return id;
            });
        }
    }

    private boolean isNobodys(CheckpointId id) {
        return !objects.list(PackObject.prefix(id)).value().isEmpty()
                && !holds(id)
                && objects.look(RETIRED + id).isEmpty();
    }

    @Override
    public void retire(CheckpointId id) throws IOException {
        if (!holds(id)) {
            throw new NoSuchFileException(id.text());
        }
        locks.demandHeld(CHANGES);
        // First that its pack is kept, then that it is gone: in between it is there still.
        objects.put(RETIRED + id, new byte[0]);
        locks.demandHeld(CHANGES);
        objects.delete(MANIFESTS + id);
    }

    @Override
    public void forget(CheckpointId id) {
        if (holds(id)) {
            throw new IllegalStateException("checkpoint '" + id + "' is not deleted");
        }
        removePack(id);
        objects.delete(RETIRED + id);
    }

    private void removePack(CheckpointId id) {
        for (Objects.Entry entry : objects.list(PackObject.prefix(id)).value()) {
            locks.demandHeld(CHANGES);
            objects.delete(entry.key());
        }
    }

    @Override
    public boolean replace(Making made) throws IOException {
        UploadPack.Sent sending = sent.remove(made.id());
        if (sending == null) {
            throw new IllegalStateException("the pack of '" + made.id() + "' was not carried");
        }
        UploadPack upload = new UploadPack(objects);
        // A capture may lead to a page that nobody else needs.
        if (uses.lasting().stream().anyMatch(use -> use.kind() == S3Uses.Kind.CAPTURE)) {
            upload.giveUp(sending);
            return false;
        }
        locks.demandHeld(CHANGES);
        upload.complete(made.pack(), sending);
        try {
            locks.demandHeld(CHANGES);
        } catch (Temporary e) {
            // Completing took so long that somebody may have come to lead to a page that is not in it: the older one
            // counts.
            objects.delete(sending.key());
            throw e;
        }
        removeOlderWritings(made.id());
        return true;
    }

    /** Those that somebody may still have open stay until the next collection. */
    private void removeOlderWritings(CheckpointId id) throws IOException {
        List<Objects.Entry> writings = objects.list(PackObject.prefix(id)).value();
        PackObject newest = PackObject.newest(writings).get(id);
        if (newest == null || writings.size() < 2) {
            return;
        }
        Instant since = newest.entry().modified();
        if (uses.lasting().stream().anyMatch(use -> use.isOlderThan(since))) {
            return;
        }
        for (Objects.Entry writing : writings) {
            if (!writing.key().equals(newest.entry().key())) {
                locks.demandHeld(CHANGES);
                objects.delete(writing.key());
            }
        }
    }

    @Override
    public Set<CheckpointId> stillUsed() throws IOException {
        List<S3Uses.Use> lasting = uses.lasting();
        Set<CheckpointId> used = new TreeSet<>();
        for (Objects.Entry entry : objects.list(RETIRED).value()) {
            String id = entry.key().substring(RETIRED.length());
            if (CheckpointId.matches(id) && lasting.stream().anyMatch(use -> use.isOlderThan(entry.modified()))) {
                used.add(new CheckpointId(id));
            }
        }
        used.retainAll(packs().keySet());
        return used;
    }

    /** A list never shows what could be undone. */
    @Override
    public void makeNamesDurable() {}

    @Override
    public void sweep() throws IOException {
        lock(Lock.CHANGES).holding(() -> {
            Set<CheckpointId> checkpoints = new HashSet<>(checkpoints());
            spool().discardOfTheDead();
            Set<CheckpointId> retired = new HashSet<>(ids(RETIRED));
            Map<CheckpointId, List<Objects.Entry>> writings = new HashMap<>();
            for (Objects.Entry entry : objects.list(PackObject.PREFIX).value()) {
                PackObject.of(entry)
                        .ifPresent(pack -> writings.computeIfAbsent(pack.id(), any -> new ArrayList<>())
                                .add(entry));
            }
            List<S3Uses.Use> captures = uses.lasting().stream()
                    .filter(use -> use.kind() == S3Uses.Kind.CAPTURE)
                    .toList();
            for (CheckpointId id : retired) {
                if (checkpoints.contains(id) || !writings.containsKey(id)) {
                    locks.demandHeld(CHANGES);
                    objects.delete(RETIRED + id);
                }
            }
            for (CheckpointId id : writings.keySet()) {
                if (checkpoints.contains(id) || retired.contains(id)) {
                    removeOlderWritings(id);
                } else if (writings.get(id).stream().noneMatch(one -> began(captures, one.modified()))) {
                    removePack(id);
                }
            }
            for (Objects.Upload upload : objects.uploads(PackObject.PREFIX)) {
                if (!began(captures, upload.begun())) {
                    objects.abortUpload(upload.key(), upload.id());
                }
            }
            uses.sweep();
            Objects.Answer<List<Objects.Entry>> probes = objects.list(PROBE);
            for (Objects.Entry probe : probes.value()) {
                if (probe.modified().plus(TERM).isBefore(probes.now())) {
                    objects.delete(probe.key());
                }
            }
            return checkpoints;
        });
    }

    /** What came after all captures that last had begun is of none of them. */
    private static boolean began(List<S3Uses.Use> captures, Instant before) {
        return captures.stream().anyMatch(use -> use.isOlderThan(before));
    }

    @Override
    public Notes notes() {
        return new S3Notes(objects, remembered);
    }

    @Override
    public StoreLock lock(Lock which) {
        return locks.lock(which == Lock.CHANGES ? CHANGES : which.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public Failure trouble(IOException cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof Failure known) {
                return known;
            }
        }
        return StoreTrouble.of(state, cause);
    }
}
