package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pack.Packs;

/**
 * One directory of a local file system, laid out as docs/format.md says. The directory is made, 0700, by the first write; one that
 * does not exist is an empty store. What is open stays readable by itself, whatever becomes of its name.
 */
public final class DirectoryBackend implements Backend {

    private final StoreFiles files;

    /** @param directory may be missing, and may be a symbolic link to a directory */
    public DirectoryBackend(Path directory) {
        this.files = new StoreFiles(directory.toAbsolutePath().normalize());
    }

    StoreFiles files() {
        return files;
    }

    @Override
    public String location() {
        return files.store().toString();
    }

    @Override
    public boolean isSameAs(Backend other) throws IOException {
        return other instanceof DirectoryBackend directory
                && (location().equals(other.location())
                        || (exists() && other.exists() && Files.isSameFile(files.store(), directory.files.store())));
    }

    @Override
    public boolean overlaps(Backend other) throws IOException {
        if (!(other instanceof DirectoryBackend directory)) {
            return false;
        }
        Path one = real(files.store());
        Path two = real(directory.files.store());
        return one.startsWith(two) || two.startsWith(one);
    }

    /** Also of what is not there yet. */
    private static Path real(Path path) throws IOException {
        Path whole = path.toAbsolutePath().normalize();
        Path there = whole;
        while (there.getParent() != null && !Files.exists(there)) {
            there = there.getParent();
        }
        return there.toRealPath().resolve(there.relativize(whole));
    }

    @Override
    public boolean exists() {
        return Files.exists(files.store());
    }

    @Override
    public boolean isUsed() throws IOException {
        return !DurableFiles.list(files.checkpoints()).isEmpty()
                || !DurableFiles.list(files.retired()).isEmpty()
                || !DurableFiles.list(files.incoming()).isEmpty();
    }

    /** Whoever can write there can put another image in place of a guest's, and it would run as that guest. */
    @Override
    public void demandPrivate() {
        try {
            for (Path part : files.parts()) {
                refuseLink(part);
                refuseOpenToOthers(part);
            }
            refuseOpenToOthers(files.store());
        } catch (IOException e) {
            throw trouble(e);
        }
    }

    private void refuseOpenToOthers(Path part) throws IOException {
        if (DurableFiles.isOpenToOthers(part)) {
            throw new Refused(
                    "store-open-to-others",
                    "every user of this machine can write to '" + part + "' of the store '" + files.store() + "'",
                    "Keep others out with 'chmod -R go= " + files.store()
                            + "', and look whether what is in it is yours.");
        }
    }

    @Override
    public void found() throws IOException {
        DurableFiles.createDirectories(files.store());
    }

    @Override
    public void prepare() throws IOException {
        for (Path part : List.of(files.checkpoints(), files.incoming(), files.retired())) {
            DurableFiles.createDirectories(part);
        }
    }

    /** Renames work inside one file system only, and a link could lead anywhere. */
    private static void refuseLink(Path part) throws IOException {
        if (Files.exists(part, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(part, LinkOption.NOFOLLOW_LINKS)) {
            throw new NotDirectoryException(part.toString());
        }
    }

    @Override
    public Optional<Reason> notWritable() {
        return DurableFiles.notWritable(files.store())
                .map(there -> new Reason(
                        "store-not-writable",
                        "nothing can be stored in '" + files.store() + "': '" + there + "' cannot be written to",
                        "See whether its file system is mounted read-only, and whose it is."));
    }

    @Override
    public List<CheckpointId> checkpoints() throws IOException {
        refuseLink(files.checkpoints());
        return names(files.checkpoints()).stream()
                .filter(CheckpointId::matches)
                .map(CheckpointId::new)
                .toList();
    }

    @Override
    public boolean holds(CheckpointId id) {
        return Files.exists(files.checkpoint(id), LinkOption.NOFOLLOW_LINKS);
    }

    /** Without its pack, one is what a removal left that was cut short. */
    @Override
    public List<CheckpointId> retired() throws IOException {
        return entries(files.retired()).stream()
                .filter(entry -> Files.exists(StoreFiles.pack(entry), LinkOption.NOFOLLOW_LINKS))
                .map(DirectoryBackend::name)
                .filter(CheckpointId::matches)
                .map(CheckpointId::new)
                .toList();
    }

    @Override
    public byte[] manifest(CheckpointId id) throws IOException {
        Path checkpoint = files.checkpoint(id);
        if (!Files.isDirectory(checkpoint, LinkOption.NOFOLLOW_LINKS)) {
            if (!holds(id)) {
                throw new NoSuchFileException(id.text());
            }
            throw ManifestJson.damaged(id, "'" + checkpoint + "' is not a directory", null);
        }
        try {
            return DurableFiles.read(StoreFiles.manifest(checkpoint), ManifestJson.BYTES_MAX);
        } catch (NoSuchFileException e) {
            if (!holds(id)) {
                throw e;
            }
            throw ManifestJson.damaged(id, "the file is missing", e);
        } catch (IOException e) {
            // A sector that cannot be read is the trouble of one checkpoint, not of the store.
            throw ManifestJson.damaged(
                    id, e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public Packs.Files packs(Use use) {
        return new StorePacks(files);
    }

    @Override
    public OptionalLong packBytes(CheckpointId id) throws IOException {
        Optional<Path> pack = packOf(id);
        return pack.isPresent() ? OptionalLong.of(Files.size(pack.get())) : OptionalLong.empty();
    }

    /** Returns the file of a pack, wherever it is. */
    private Optional<Path> packOf(CheckpointId id) {
        return Stream.of(files.checkpoint(id), files.retired(id))
                .map(StoreFiles::pack)
                .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
                .findFirst();
    }

    @Override
    public long bytes() throws IOException {
        if (!exists()) {
            return 0;
        }
        Counting counting = new Counting();
        Files.walkFileTree(files.store(), counting);
        return counting.bytes;
    }

    /** Others may be writing and removing meanwhile. */
    private static final class Counting extends SimpleFileVisitor<Path> {

        private long bytes;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException problem) throws IOException {
            if (problem instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw problem;
        }
    }

    @Override
    public Spool spool() {
        return new Spool(files.incoming());
    }

    @Override
    public boolean isFar() {
        return false;
    }

    @Override
    public void commit(Making made, byte[] manifest, List<String> leadsTo, Packs.Files opened) throws IOException {
        Path checkpoint = files.checkpoint(made.id());
        // The order is the guarantee (docs/format.md): whatever a name leads to is durable before the name is.
        DurableFiles.write(StoreFiles.manifest(made.directory()), manifest);
        DurableFiles.sync(made.directory());
        try {
            DurableFiles.move(made.directory(), checkpoint);
        } catch (IOException e) {
            // Whether the name would survive a power cut is unknown, so it must not be counted on, nor be seen.
            hide(checkpoint, made.directory(), e);
            throw e;
        }
        forgetMaking(made.id());
    }

    /** The checkpoint is there. What is left of its making goes with the next collection. */
    private void forgetMaking(CheckpointId id) {
        try {
            spool().discard(id);
        } catch (IOException e) {
            return;
        }
    }

    private static void hide(Path checkpoint, Path making, IOException cause) {
        try {
            Files.move(checkpoint, making, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void discard(CheckpointId id) throws IOException {
        spool().discard(id);
    }

    @Override
    public void retire(CheckpointId id) throws IOException {
        DurableFiles.createDirectories(files.retired());
        DurableFiles.move(files.checkpoint(id), files.retired(id));
    }

    @Override
    public void forget(CheckpointId id) throws IOException {
        DurableFiles.removeTree(files.retired(id));
    }

    @Override
    public boolean replace(Making made) throws IOException {
        Path old = packOf(made.id())
                .orElseThrow(() -> new NoSuchFileException(made.id().text()));
        DurableFiles.move(made.pack(), old);
        return true;
    }

    @Override
    public void makeNamesDurable() throws IOException {
        for (Path part : List.of(files.checkpoints(), files.retired())) {
            if (Files.isDirectory(part, LinkOption.NOFOLLOW_LINKS)) {
                DurableFiles.sync(part);
            }
        }
    }

    @Override
    public void sweep() throws IOException {
        for (Path retired : entries(files.retired())) {
            if (CheckpointId.matches(name(retired))
                    && !Files.exists(StoreFiles.pack(retired), LinkOption.NOFOLLOW_LINKS)) {
                DurableFiles.removeTree(retired);
            }
        }
        spool().discardOfTheDead();
        for (String incoming : names(files.incoming())) {
            // A capture never has the id of a pack that is there: this one was to be written anew.
            if (CheckpointId.matches(incoming)
                    && packOf(new CheckpointId(incoming)).isPresent()) {
                spool().discard(new CheckpointId(incoming));
            }
        }
    }

    @Override
    public Notes notes() {
        return new NoteFiles(files.store());
    }

    @Override
    public StoreLock lock(Lock which) {
        String name = which == Lock.CHANGES ? "lock" : which.name().toLowerCase(Locale.ROOT);
        return new LockFile(files.store().resolve(name));
    }

    @Override
    public Path index() {
        return files.index();
    }

    @Override
    public Failure trouble(IOException cause) {
        return StoreTrouble.of(files.store(), cause);
    }

    private List<Path> entries(Path directory) throws IOException {
        return names(directory).stream().map(directory::resolve).toList();
    }

    private List<String> names(Path directory) throws IOException {
        try {
            return DurableFiles.names(directory);
        } catch (NotDirectoryException e) {
            // Name the culprit: the store itself may be a file.
            boolean store = Files.exists(files.store()) && !Files.isDirectory(files.store());
            throw new NotDirectoryException((store ? files.store() : directory).toString());
        }
    }

    private static String name(Path entry) {
        return String.valueOf(entry.getFileName());
    }
}
