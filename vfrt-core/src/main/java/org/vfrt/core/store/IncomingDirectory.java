package org.vfrt.core.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.image.StreamVisitor;
import org.vfrt.core.pack.ImagePacker;
import org.vfrt.core.pack.PackedImage;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;

/** A checkpoint in the making, in a directory of its own that becomes the checkpoint by a single rename. */
final class IncomingDirectory implements Incoming {

    private final StoreFiles files;
    private final CheckpointId id;
    private final StoreLock lock;
    private final Packs packs;
    private final Optional<StoreIndex> index;
    private final ImagePacker packer;
    private final Reserve reserve;
    private boolean asked;
    private boolean done;

    /** Takes over what it is given, and closes it. */
    IncomingDirectory(
            StoreFiles files,
            CheckpointId id,
            StoreLock lock,
            Packs packs,
            Optional<StoreIndex> index,
            ImagePacker packer,
            Reserve reserve) {
        this.files = files;
        this.id = id;
        this.lock = lock;
        this.packs = packs;
        this.index = index;
        this.packer = packer;
        this.reserve = reserve;
    }

    @Override
    public CheckpointId id() {
        return id;
    }

    @Override
    public StreamVisitor stream() {
        askOnce();
        return reserve.guarding(packer);
    }

    @Override
    public void opaque(byte[] image) throws IOException {
        askOnce();
        packer.opaque(image);
    }

    private void askOnce() {
        if (asked || done) {
            throw new IllegalStateException("the image of '" + id + "' was asked for already");
        }
        asked = true;
    }

    @Override
    public Manifest commit(String definition, Sealing manifest) {
        if (done) {
            throw new IllegalStateException("checkpoint '" + id + "' is committed or closed already");
        }
        if (!asked) {
            throw new IllegalStateException("checkpoint '" + id + "' has no image");
        }
        byte[] xml = definition.getBytes(StandardCharsets.UTF_8);
        if (xml.length > DirectoryStore.DEFINITION_BYTES_MAX) {
            throw new BadInput(
                    "definition-too-long",
                    "the definition for checkpoint '" + id + "' has " + xml.length + " bytes; at most "
                            + DirectoryStore.DEFINITION_BYTES_MAX + " can be stored",
                    "Take something out of the guest's metadata.");
        }
        try {
            return lock.holding(() -> commit(xml, manifest));
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    private Manifest commit(byte[] xml, Sealing manifest) throws IOException {
        Path making = files.incoming(id);
        Path checkpoint = files.checkpoint(id);
        boolean renamed = false;
        try {
            // The order is the guarantee (docs/format.md): whatever a name leads to is durable before the name is.
            PackedImage image = packer.finish(xml);
            closeAll();
            DurableFiles.removeTree(StoreFiles.workspace(making));
            String definitionSha256 = Sha256.of(xml);
            Manifest written = manifest.seal(image.imageBytes(), image.root(), definitionSha256);
            check(written, image, definitionSha256);
            byte[] json = ManifestJson.write(written);
            // Read back before it counts: a manifest that this vfrt cannot read must never become visible.
            ManifestJson.read(id, json);
            DurableFiles.write(StoreFiles.manifest(making), json);
            DurableFiles.sync(making);
            renamed = true;
            DurableFiles.move(making, checkpoint);
            done = true;
            note();
            return written;
        } catch (IOException e) {
            if (renamed && !done) {
                // Whether the name would survive a power cut is unknown, so it must not be counted on, nor be seen.
                hide(checkpoint, making, e);
            }
            throw e;
        }
    }

    /** For the guests that come after. The checkpoint is there already, and the index is a hint. */
    private void note() {
        try (Packs own = new Packs(new StorePacks(files), packs.key());
                StoreIndex current = StoreIndex.open(files.index())) {
            current.add(own, id.text());
        } catch (IOException e) {
            // Its pages will be stored again when another guest has them.
            return;
        }
    }

    private void closeAll() throws IOException {
        packer.close();
        if (index.isPresent()) {
            index.get().close();
        }
        packs.close();
    }

    @Override
    public void close() {
        if (done) {
            return;
        }
        done = true;
        // Whoever was told to stop tidies up first.
        boolean interrupted = Thread.interrupted();
        try {
            closeAndRemove();
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeAndRemove() throws IOException {
        try {
            closeAll();
        } finally {
            DurableFiles.removeTree(files.incoming(id));
        }
    }

    private void check(Manifest manifest, PackedImage image, String definitionSha256) {
        if (!manifest.id().equals(id)
                || manifest.imageBytes() != image.imageBytes()
                || !manifest.imageRoot().equals(image.root())
                || !manifest.definitionSha256().equals(definitionSha256)) {
            throw new IllegalStateException("the manifest of '" + id + "' does not say what was written");
        }
    }

    private static void hide(Path checkpoint, Path making, IOException cause) {
        try {
            Files.move(checkpoint, making, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
