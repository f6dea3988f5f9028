package org.vfrt.core.pack;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.vfrt.core.image.PageEntry;
import org.vfrt.core.key.Algorithms;

/** What an image is known by: a hash over its records, then over each page frame in ascending order. For one thread. */
final class ImageRoot {

    private static final int ENTRY_BYTES_MAX = Long.BYTES + 1 + PageId.BYTES;

    private final MessageDigest digest = Algorithms.sha256();
    /** Hashed together: each call costs more than what is in it. */
    private final byte[] entries = new byte[ENTRY_BYTES_MAX * 1024];

    private int length;

    void records(byte[] bytes) {
        hash();
        number(bytes.length);
        hash();
        digest.update(bytes);
    }

    /** A page frame without data, or with nothing but zeros: their states say all. */
    void bare(long pfn, long state) {
        entry(pfn, state, PfnState.kind(state));
    }

    void page(long pfn, long state, byte[] id, int at) {
        entry(pfn, state, PfnState.STORED);
        System.arraycopy(id, at, entries, length, PageId.BYTES);
        length += PageId.BYTES;
    }

    private void entry(long pfn, long state, int kind) {
        if (entries.length - length < ENTRY_BYTES_MAX) {
            hash();
        }
        number(PageEntry.of(pfn, PfnState.type(state)));
        entries[length++] = (byte) kind;
    }

    private void number(long value) {
        for (int i = 0; i < Long.BYTES; i++) {
            entries[length++] = (byte) (value >>> (8 * i));
        }
    }

    private void hash() {
        digest.update(entries, 0, length);
        length = 0;
    }

    String end() {
        hash();
        return HexFormat.of().formatHex(digest.digest());
    }
}
