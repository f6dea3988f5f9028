package org.vfrt.core.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.Optional;
import org.vfrt.core.checkpoint.DamagedImage;
import org.vfrt.core.checkpoint.Manifest;

/**
 * A stored image that checks itself while it is read. A wrong length is found by the first read, a wrong byte by the read that
 * would hand out the last bytes: whoever got all of the bytes got the right ones. For one thread.
 */
final class CheckedImage extends InputStream {

    private final Manifest manifest;
    private final FileChannel channel;
    private final MessageDigest digest = Sha256.begin();
    private long leftBytes;
    private boolean begun;
    private Optional<String> damage = Optional.empty();

    CheckedImage(Manifest manifest, FileChannel channel) {
        this.manifest = manifest;
        this.channel = channel;
        this.leftBytes = manifest.imageBytes();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (damage.isPresent()) {
            throw new DamagedImage(damage.get());
        }
        if (!begun) {
            begun = true;
            checkLength();
            if (leftBytes == 0) {
                checkHash();
            }
        }
        if (length == 0) {
            return 0;
        }
        if (leftBytes == 0) {
            return -1;
        }
        int count = channel.read(ByteBuffer.wrap(target, offset, (int) Math.min(length, leftBytes)));
        if (count < 0) {
            throw damaged("it ends " + leftBytes + " bytes early");
        }
        digest.update(target, offset, count);
        leftBytes -= count;
        if (leftBytes == 0) {
            checkHash();
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void checkLength() throws IOException {
        long bytes = channel.size();
        if (bytes != manifest.imageBytes()) {
            throw damaged("it has " + bytes + " bytes instead of " + manifest.imageBytes());
        }
    }

    private void checkHash() throws IOException {
        if (!Sha256.end(digest).equals(manifest.imageSha256())) {
            throw damaged("its SHA-256 is not the one that was noted when it was stored");
        }
        // The file may have grown since the first read.
        checkLength();
    }

    private DamagedImage damaged(String why) {
        String message = "the image of checkpoint '" + manifest.id() + "' is damaged: " + why;
        damage = Optional.of(message);
        return new DamagedImage(message);
    }
}
