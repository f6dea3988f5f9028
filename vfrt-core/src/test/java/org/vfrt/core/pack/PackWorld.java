package org.vfrt.core.pack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.image.Flatten;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.SyntheticStream;

/** Packs in a directory, for tests of packing. */
final class PackWorld {

    static final byte[] DEFINITION = "<domain/>".getBytes(StandardCharsets.UTF_8);

    final StoreKey key;
    private final Path directory;
    private final Map<String, PackedImage> packed = new HashMap<>();
    private int made;
    private int salted;
    private long roomBytes = Long.MAX_VALUE;

    PackWorld(Path directory, StoreKey key) {
        this.directory = directory;
        this.key = key;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    Packs packs() {
        return new Packs(name -> PackSource.of(DurableFiles.open(file(name))), key);
    }

    Path indexDirectory() {
        return directory.resolve("index");
    }

    /** Packs a stream as the next checkpoint after {@code parent}. */
    PackedImage pack(String name, Optional<String> parent, SyntheticStream stream) throws IOException {
        try (InputStream in = stream.open()) {
            return pack(name, parent, in, stream);
        }
    }

    private PackedImage pack(String name, Optional<String> parent, InputStream in, SyntheticStream stream)
            throws IOException {
        Path workspace = Files.createDirectory(directory.resolve("making-" + made++));
        try (Packs packs = packs();
                StoreIndex index = StoreIndex.open(indexDirectory());
                ImagePacker packer =
                        new ImagePacker(packs, parent, Optional.of(index), workspace, file(name), name, this::salt)) {
            new StreamCheck(stream.limits()).read(in, packer);
            PackedImage image = packer.finish(DEFINITION, roomBytes);
            index.add(packs, name);
            packed.put(name, image);
            return image;
        }
    }

    /** From now on, nothing can be written beside a pack. */
    void withoutRoom() {
        roomBytes = 0;
    }

    private byte[] salt() {
        byte[] salt = new byte[16];
        salt[0] = (byte) salted++;
        return salt;
    }

    /** Unpacks it again. */
    byte[] unpack(String name) throws IOException {
        return unpack(name, java.util.Objects.requireNonNull(packed.get(name)).root());
    }

    byte[] unpack(String name, String root) throws IOException {
        try (InputStream image = new ImageUnpacker(packs(), name, root, Long.MAX_VALUE)) {
            return image.readAllBytes();
        }
    }

    /** Returns what is expected to come out. */
    static byte[] normal(SyntheticStream stream) {
        try {
            Path file = Files.createTempFile("normal", "");
            try {
                Files.write(file, stream.bytes());
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try (FileChannel channel = FileChannel.open(file)) {
                    new Flatten(stream.limits()).write(channel, 0, out);
                }
                return out.toByteArray();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
