package org.vfrt.core.store;

import java.io.IOException;
import java.io.OutputStream;
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

/** A checkpoint in the making, in a directory of its own that becomes the checkpoint by a single rename. */
final class IncomingDirectory implements Incoming {

    private final StoreFiles files;
    private final CheckpointId id;
    private Optional<ImageWriter> image = Optional.empty();
    private boolean done;

    IncomingDirectory(StoreFiles files, CheckpointId id) {
        this.files = files;
        this.id = id;
    }

    @Override
    public CheckpointId id() {
        return id;
    }

    @Override
    public OutputStream image() {
        if (image.isPresent() || done) {
            throw new IllegalStateException("the image of '" + id + "' was asked for already");
        }
        try {
            ImageWriter writer = new ImageWriter(DurableFiles.create(StoreFiles.image(files.incoming(id))));
            image = Optional.of(writer);
            return writer;
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public Manifest commit(String definition, Sealing manifest) {
        if (done) {
            throw new IllegalStateException("checkpoint '" + id + "' is committed or closed already");
        }
        ImageWriter writer = image.orElseThrow(() -> new IllegalStateException("checkpoint '" + id + "' has no image"));
        byte[] xml = definition.getBytes(StandardCharsets.UTF_8);
        if (xml.length > DirectoryStore.DEFINITION_BYTES_MAX) {
            throw new BadInput(
                    "definition-too-long",
                    "the definition for checkpoint '" + id + "' has " + xml.length + " bytes; at most "
                            + DirectoryStore.DEFINITION_BYTES_MAX + " can be stored",
                    "Take something out of the guest's metadata.");
        }
        Path making = files.incoming(id);
        Path checkpoint = files.checkpoint(id);
        boolean renamed = false;
        try {
            // The order is the guarantee (docs/format.md): whatever a name leads to is durable before the name is.
            ImageWriter.Sealed sealed = writer.seal();
            String definitionSha256 = Sha256.of(xml);
            DurableFiles.write(StoreFiles.definition(making), xml);
            Manifest written = manifest.seal(sealed.bytes(), sealed.sha256(), definitionSha256);
            check(written, sealed, definitionSha256);
            byte[] json = ManifestJson.write(written);
            // Read back before it counts: a manifest that this vfrt cannot read must never become visible.
            ManifestJson.read(id, json);
            DurableFiles.write(StoreFiles.manifest(making), json);
            DurableFiles.sync(making);
            renamed = true;
            DurableFiles.move(making, checkpoint);
            done = true;
            return written;
        } catch (IOException e) {
            if (renamed) {
                // Whether the name would survive a power cut is unknown, so it must not be counted on, nor be seen.
                hide(checkpoint, making, e);
            }
            throw StoreTrouble.of(files.store(), e);
        }
    }

    @Override
    public void close() {
        if (done) {
            return;
        }
        done = true;
        try {
            if (image.isPresent()) {
                image.get().abandon();
            }
            DurableFiles.removeTree(files.incoming(id));
        } catch (IOException e) {
            throw StoreTrouble.of(files.store(), e);
        }
    }

    private void check(Manifest manifest, ImageWriter.Sealed sealed, String definitionSha256) {
        if (!manifest.id().equals(id)
                || manifest.imageBytes() != sealed.bytes()
                || !manifest.imageSha256().equals(sealed.sha256())
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
