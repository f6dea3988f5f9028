package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The stream of a guest of any size, made while it is read, in a few megabytes of memory. No two of its pages are equal and none is
 * zero. In each generation a part of the pages has changed since the one before, half of these in a few bytes, half altogether.
 */
public final class SyntheticGuest extends InputStream {

    /** What the pages hold. */
    public enum Contents {
        /** Text of a few thousand words: it compresses about as well as a guest's memory does. */
        TEXT,
        /** One number again and again: it compresses to next to nothing, so that a store of any number of pages stays small. */
        NUMBERS
    }

    private static final int TEXT_BYTES = 16 << 20;
    private static final int LITTLE_BYTES = 192;

    private final long pages;
    private final int generation;
    private final int changedPerMille;
    private final byte[] text;
    private final byte[] back = new RawStream().pvhBack().bytes();
    private final byte[] batch = new byte[Wire.RECORD_HEAD_BYTES + 8 + (8 + Wire.PAGE_BYTES) * Wire.BATCH_PAGES];

    private byte[] current = new RawStream().pvhFront().bytes();
    private int position;
    private int end = current.length;
    private long next;

    /**
     * @param bytes the guest's memory
     * @param generation 0 for the first
     * @param changedPerMille how many of 1000 pages change from each generation to the next
     */
    public SyntheticGuest(long bytes, int generation, int changedPerMille, Contents contents) {
        this.pages = bytes / Wire.PAGE_BYTES;
        this.generation = generation;
        this.changedPerMille = changedPerMille;
        this.text = contents == Contents.TEXT ? text() : new byte[0];
    }

    private static byte[] text() {
        SplittableRandom random = new SplittableRandom(1);
        byte[][] words = new byte[4096][];
        for (int i = 0; i < words.length; i++) {
            words[i] =
                    (Long.toString(random.nextLong(1L << 20, 1L << 45), 36) + ' ').getBytes(StandardCharsets.US_ASCII);
        }
        byte[] text = new byte[TEXT_BYTES + Wire.PAGE_BYTES];
        for (int at = 0; at < text.length; ) {
            // the smaller, the more often
            byte[] word = words[(int) (words.length * random.nextDouble() * random.nextDouble())];
            int length = Math.min(word.length, text.length - at);
            System.arraycopy(word, 0, text, at, length);
            at += length;
        }
        return text;
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
        if (current == back) {
            return false;
        }
        position = 0;
        if (next == pages) {
            current = back;
            end = back.length;
            return true;
        }
        int count = (int) Math.min(Wire.BATCH_PAGES, pages - next);
        int data = Wire.RECORD_HEAD_BYTES + 8 + 8 * count;
        Wire.putIntLe(batch, 0, Wire.XC_PAGE_DATA);
        Wire.putIntLe(batch, 4, 8 + (8 + Wire.PAGE_BYTES) * count);
        Wire.putIntLe(batch, 8, count);
        Wire.putIntLe(batch, 12, 0);
        for (int i = 0; i < count; i++) {
            Wire.putLongLe(batch, Wire.RECORD_HEAD_BYTES + 8 + 8 * i, next + i);
            page(next + i, data + i * Wire.PAGE_BYTES);
        }
        next += count;
        current = batch;
        end = data + count * Wire.PAGE_BYTES;
        return true;
    }

    private void page(long pfn, int at) {
        int changedIn = 0;
        for (int i = generation; i > 0 && changedIn == 0; i--) {
            changedIn = Long.remainderUnsigned(mixed(pfn, i), 1000) < changedPerMille ? i : 0;
        }
        boolean little = (mixed(pfn, changedIn) >>> 40 & 1) == 0;
        long all = mixed(pfn, little ? 0 : changedIn);
        if (text.length == 0) {
            numbers(all, at);
        } else {
            System.arraycopy(text, (int) Long.remainderUnsigned(all, TEXT_BYTES), batch, at, Wire.PAGE_BYTES);
            Wire.putLongLe(batch, at, all);
        }
        if (changedIn > 0 && little) {
            Arrays.fill(batch, at + 1024, at + 1024 + LITTLE_BYTES, (byte) changedIn);
        }
    }

    private void numbers(long number, int at) {
        Wire.putLongLe(batch, at, number);
        for (int done = 8; done < Wire.PAGE_BYTES; done *= 2) {
            System.arraycopy(batch, at, batch, at + done, done);
        }
    }

    private static long mixed(long pfn, int generation) {
        long mixed = (pfn + 1) * 0x9e3779b97f4a7c15L + generation * 0xd1342543de82ef95L;
        mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }
}
