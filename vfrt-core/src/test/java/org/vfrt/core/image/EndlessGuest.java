package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.SplittableRandom;

/**
 * The checkpointed stream of a PVH guest of any size, made while it is read, in a few megabytes of memory: all of its pages, then so many
 * epochs, in each of which a part of them is sent again, scattered as a busy guest's are.
 */
public final class EndlessGuest extends InputStream {

    private final long pages;
    private final int epochs;
    private final double part;
    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] batch = new byte[Wire.RECORD_HEAD_BYTES + 8 + (8 + Wire.PAGE_BYTES) * Wire.BATCH_PAGES];
    private final byte[] state =
            new RawStream().hvmState().record(0xe).record(4).bytes();

    private byte[] current = new RawStream().pvhFront().bytes();
    private int position;
    private int end = current.length;
    private long next;
    private int epoch = 1;

    /**
     * @param bytes the guest's memory
     * @param percent of its pages are sent in each epoch after the first
     */
    public EndlessGuest(long bytes, int epochs, int percent) {
        this.pages = bytes / Wire.PAGE_BYTES;
        this.epochs = epochs;
        this.part = percent / 100.0;
        random.nextBytes(batch);
    }

    @Override
    public int read() throws IOException {
        throw new IOException("not meant to be read byte by byte");
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        if (position == end && !advance()) {
            return -1;
        }
        int count = Math.min(length, end - position);
        System.arraycopy(current, position, buffer, offset, count);
        position += count;
        return count;
    }

    private boolean advance() {
        position = 0;
        if (next == pages) {
            next = 0;
            epoch++;
            current = state;
            end = state.length;
            return true;
        }
        if (epoch > epochs) {
            return false;
        }
        int count = 0;
        while (count < Wire.BATCH_PAGES && next < pages) {
            if (epoch == 1 || random.nextDouble() < part || (count == 0 && next == pages - 1)) {
                Wire.putLongLe(batch, Wire.RECORD_HEAD_BYTES + 8 + 8 * count++, next);
            }
            next++;
        }
        if (count == 0) {
            return advance();
        }
        Wire.putIntLe(batch, 0, Wire.XC_PAGE_DATA);
        Wire.putIntLe(batch, 4, 8 + (8 + Wire.PAGE_BYTES) * count);
        Wire.putIntLe(batch, 8, count);
        Wire.putIntLe(batch, 12, 0);
        current = batch;
        end = Wire.RECORD_HEAD_BYTES + 8 + (8 + Wire.PAGE_BYTES) * count;
        return true;
    }
}
