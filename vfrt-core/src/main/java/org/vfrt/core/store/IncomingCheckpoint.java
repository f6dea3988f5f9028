package org.vfrt.core.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.image.StreamVisitor;
import org.vfrt.core.pack.ImagePacker;
import org.vfrt.core.pack.PackedImage;
import org.vfrt.core.pack.Packs;
import org.vfrt.core.pack.StoreIndex;

/** A checkpoint in the making, of which nobody sees anything before it is complete. */
final class IncomingCheckpoint implements Incoming {

    private final Backend backend;
    private final Making making;
    private final CheckpointId id;
    private final Packs.Files files;
    private final Packs packs;
    private final Optional<StoreIndex> index;
    private final Optional<CheckpointId> buildsOn;
    private final ImagePacker packer;
    private final List<ImagePacker.DiskPages> disks = new ArrayList<>();
    private final Reserve reserve;
    private boolean asked;
    private boolean done;
    private boolean closed;

    /** Takes over what it is given, and closes it. */
    IncomingCheckpoint(
            Backend backend,
            Making making,
            Packs.Files files,
            Packs packs,
            Optional<StoreIndex> index,
            Optional<CheckpointId> buildsOn,
            ImagePacker packer,
            Reserve reserve) {
        this.backend = backend;
        this.making = making;
        this.id = making.id();
        this.files = files;
        this.packs = packs;
        this.index = index;
        this.buildsOn = buildsOn;
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

    @Override
    public Optional<CheckpointId> buildsOn() {
        return buildsOn;
    }

    @Override
    public IncomingDisk disk(long sizeBytes, Optional<DiskContent> known) throws IOException {
        ImagePacker.DiskPages pages = packer.disk(sizeBytes, known.map(DiskContent::firstPage));
        disks.add(pages);
        return reserve.guarding(new PackedDisk(pages));
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
        if (xml.length > PackedStore.DEFINITION_BYTES_MAX) {
            throw new BadInput(
                    "definition-too-long",
                    "the definition for checkpoint '" + id + "' has " + xml.length + " bytes; at most "
                            + PackedStore.DEFINITION_BYTES_MAX + " can be stored",
                    "Take something out of the guest's metadata.");
        }
        try {
            Optional<Completed> early = Optional.empty();
            if (backend.isFar()) {
                // What it leads to is looked at once more under the lock.
                early = Optional.of(complete(xml, manifest));
                backend.carry(making);
            }
            Optional<Completed> carried = early;
            Manifest committed = backend.lock(Backend.Lock.CHANGES).holding(() -> {
                Completed completed = carried.isPresent() ? carried.get() : complete(xml, manifest);
                backend.commit(making, ManifestJson.write(completed.manifest()), completed.leadsTo(), files);
                done = true;
                note();
                return completed.manifest();
            });
            closeAll();
            return committed;
        } catch (IOException e) {
            throw backend.trouble(e);
        }
    }

    /** A pack that is complete and durable, and what its manifest is going to say. */
    private record Completed(Manifest manifest, List<String> leadsTo) {}

    private Completed complete(byte[] xml, Sealing manifest) throws IOException {
        PackedImage image = packer.finish(xml, reserve.freeBytes());
        if (!backend.isFar()) {
            closeAll();
        }
        DurableFiles.removeTree(making.workspace());
        String definitionSha256 = packs.key().definitionId(xml);
        Manifest written = manifest.seal(image.imageBytes(), image.root(), definitionSha256, contents(image));
        check(written, image, definitionSha256);
        // Read back before it counts: a manifest that this vfrt cannot read must never become visible.
        ManifestJson.read(id, ManifestJson.write(written));
        return new Completed(written, image.leadsTo());
    }

    private List<DiskContent> contents(PackedImage image) {
        List<DiskContent> contents = new ArrayList<>();
        for (int i = 0; i < disks.size(); i++) {
            contents.add(
                    new DiskContent(disks.get(i).firstPage(), image.diskRoots().get(i)));
        }
        return contents;
    }

    /** For the guests that come after. The checkpoint is there already, and the index is a hint. */
    private void note() {
        try (Packs own = new Packs(backend.packs(Backend.Use.LOOK), packs.key());
                StoreIndex current = StoreIndex.open(backend.index())) {
            current.add(own, id.text());
        } catch (IOException e) {
            // Its pages will be stored again when another guest has them.
            return;
        }
    }

    private void closeAll() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
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
            throw backend.trouble(e);
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
            backend.discard(id);
        }
    }

    private void check(Manifest manifest, PackedImage image, String definitionSha256) {
        if (!manifest.id().equals(id)
                || manifest.imageBytes() != image.imageBytes()
                || !manifest.imageRoot().equals(image.root())
                || !manifest.definitionSha256().equals(definitionSha256)
                || !manifest.storedDisks().stream()
                        .flatMap(disk -> disk.content().stream())
                        .toList()
                        .equals(contents(image))) {
            throw new IllegalStateException("the manifest of '" + id + "' does not say what was written");
        }
    }
}
