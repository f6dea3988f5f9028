package org.vfrt.core.pack;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.vfrt.core.image.PageEntry;

/** What an image is known by: a hash over its records, then over each page frame in ascending order. For one thread. */
final class ImageRoot {

    private final MessageDigest digest = PageId.sha256();
    private final byte[] entry = new byte[8];

    void records(byte[] bytes) {
        number(bytes.length);
        digest.update(bytes);
    }

    /** A page frame without data, or with nothing but zeros: their states say all. */
    void bare(long pfn, long state) {
        number(PageEntry.of(pfn, PfnState.type(state)));
        digest.update((byte) PfnState.kind(state));
    }

    void page(long pfn, long state, byte[] id, int at) {
        number(PageEntry.of(pfn, PfnState.type(state)));
        digest.update((byte) PfnState.STORED);
        digest.update(id, at, PageId.BYTES);
    }

    private void number(long value) {
        for (int i = 0; i < 8; i++) {
            entry[i] = (byte) (value >>> (8 * i));
        }
        digest.update(entry);
    }

    String end() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
