package org.vfrt.core.image;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The same guest a little later: every twelfth of its pages that are not zero, always the same ones, has a few other bytes. Stored one
 * after the other, such streams make chains of differences as long as a store lets them become. Used by scripts/bench/store.
 */
final class LittleChanged {

    private static final int ONE_IN = 12;
    private static final int CHANGED_BYTES = 64;

    private LittleChanged() {}

    /** Usage: LittleChanged STEP &lt; stream &gt; stream. */
    public static void main(String[] arguments) throws IOException {
        int step = Integer.parseInt(arguments[0]);
        try (OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 20)) {
            StreamWriter writer = new StreamWriter(out);
            StreamReader.read(System.in, new Changing(writer, step));
        }
    }

    /** Hands everything on to the writer, pages with their changes. */
    private static final class Changing extends PassOn {

        private final int step;

        Changing(StreamWriter writer, int step) {
            super(writer);
            this.step = step;
        }

        @Override
        public void page(long entry, byte[] buffer, int offset) throws IOException {
            long pfn = PageEntry.pfn(entry);
            if (pfn % ONE_IN == 0 && !PageDigests.zero(buffer, offset)) {
                int at = offset + (int) (pfn * 64 % (Wire.PAGE_BYTES - CHANGED_BYTES));
                for (int i = 0; i < CHANGED_BYTES; i++) {
                    buffer[at + i] ^= (byte) (step * 31 + i * 7 + pfn);
                }
            }
            super.page(entry, buffer, offset);
        }
    }
}
