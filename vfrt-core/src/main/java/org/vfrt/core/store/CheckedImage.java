package org.vfrt.core.store;

import java.io.FilterInputStream;
import java.io.IOException;
import org.vfrt.core.checkpoint.DamagedImage;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.pack.DamagedPack;
import org.vfrt.core.pack.ImageUnpacker;

/**
 * A stored image that checks itself while it is read: whoever got all of the bytes got the right ones. Says whose it is when it is
 * damaged, and is damaged for good then. For one thread.
 */
final class CheckedImage extends FilterInputStream {

    private final Manifest manifest;
    private long leftBytes;

    CheckedImage(Manifest manifest, ImageUnpacker image) {
        super(image);
        this.manifest = manifest;
        this.leftBytes = manifest.imageBytes();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count;
        try {
            count = super.read(target, offset, length);
        } catch (DamagedPack e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
        leftBytes -= Math.max(0, count);
        if (leftBytes < 0 || (count < 0 && leftBytes != 0)) {
            throw damaged("it has another length than " + manifest.imageBytes() + " bytes");
        }
        return count;
    }

    private DamagedImage damaged(String why) {
        return new DamagedImage("the image of checkpoint '" + manifest.id() + "' is damaged: " + why);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
