package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a libxl migration stream (revision 2) with its inlined libxc stream (revision 2 or 3) from an input that may still be
 * arriving: never seeks, never reads past the libxl END, and needs half a MiB of memory whatever the guest's size.
 *
 * <p>Every record's length and reserved bits are checked before its body is believed. Optional records that are not known are
 * handed on like all others, mandatory ones are refused, and so is what belongs to a checkpointed (Remus) stream, which Xen
 * refuses in a plain restore, unless the caller asks for just that. The order of records is {@link StreamCheck}'s business. For
 * one thread and one stream.
 */
public final class StreamReader {

    /** 64 pages: large enough to make calls rare, small enough to stay in a processor's second-level cache. */
    private static final int BUFFER_BYTES = 64 * Wire.PAGE_BYTES;

    private final InputStream in;
    private final StreamVisitor visitor;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    /** Grows to what the largest list needed: {@link Wire#BATCH_PAGES_MAX} at most. */
    private long[] entries = new long[Wire.BATCH_PAGES];

    /** Whether the stream is a checkpointed one: then it has checkpoints and no END. */
    private final boolean checkpointed;

    private long position;
    private boolean libxcSeen;

    private StreamReader(InputStream in, StreamVisitor visitor, boolean checkpointed) {
        this.in = in;
        this.visitor = visitor;
        this.checkpointed = checkpointed;
    }

    /**
     * Reads one stream to its libxl END.
     *
     * @return the stream's length in bytes
     * @throws MalformedImage when it is not a well-formed stream, or ends before its END
     * @throws IOException what the input or the visitor throws, unchanged
     */
    public static long read(InputStream in, StreamVisitor visitor) throws IOException {
        return new StreamReader(in, visitor, false).readLibxl();
    }

    /**
     * Reads a checkpointed stream, as Remus sends it, for as long as it goes on: an epoch after the other, each ended by libxl's
     * CHECKPOINT_END. Such a stream has no END of its own. It is over when its sender is, which may be anywhere.
     *
     * @return the bytes read, when the input ended between two records
     * @throws MalformedImage when it is not a well-formed checkpointed stream, or the input ended inside of a record
     * @throws IOException what the input or the visitor throws, unchanged
     */
    public static long readCheckpointed(InputStream in, StreamVisitor visitor) throws IOException {
        StreamReader reader = new StreamReader(in, visitor, true);
        try {
            return reader.readLibxl();
        } catch (Over over) {
            return reader.position;
        }
    }

    /**
     * Reads records PAGE_DATA alone, with nothing around them, to the end of the input: as {@link StreamWriter} writes them when it
     * is told of nothing else.
     *
     * @throws MalformedImage when there is anything else, or the input ended inside of a record
     * @throws IOException what the input or the visitor throws, unchanged
     */
    public static void readPages(InputStream in, StreamVisitor visitor) throws IOException {
        StreamReader reader = new StreamReader(in, visitor, true);
        try {
            while (true) {
                RecordHead head = reader.readHead(Layer.LIBXC);
                if (head.type() != Wire.XC_PAGE_DATA) {
                    throw MalformedImage.at(head.byteOffset(), "a record " + head + " among pages");
                }
                reader.readPages(head);
            }
        } catch (Over over) {
            return;
        }
    }

    private long readLibxl() throws IOException {
        readLibxlHeader();
        while (true) {
            RecordHead head = readHead(Layer.LIBXL);
            checkLibxl(head);
            visitor.record(head);
            if (head.type() != Wire.XL_LIBXC_CONTEXT) {
                readBody(head);
            } else if (libxcSeen) {
                throw MalformedImage.at(head.byteOffset(), "a second record " + head);
            } else {
                libxcSeen = true;
                readLibxcHeader();
                readLibxc();
            }
            if (head.type() == Wire.XL_CHECKPOINT_END) {
                // the libxc stream goes on where its CHECKPOINT left it, without another header
                demandBegun(head);
                readLibxc();
            }
            if (head.type() == Wire.XL_END) {
                visitor.end(position);
                return position;
            }
        }
    }

    private void readLibxlHeader() throws IOException {
        fill(Wire.LIBXL_HEADER_BYTES);
        if (Wire.longBe(buffer, 0) != Wire.LIBXL_IDENT) {
            throw MalformedImage.at(0, "this is not a libxl migration stream");
        }
        int version = Wire.intBe(buffer, 8);
        if (version != Wire.LIBXL_VERSION) {
            throw MalformedImage.at(8, "libxl stream version " + Integer.toUnsignedString(version) + " is not known");
        }
        int options = Wire.intBe(buffer, 12);
        if ((options & Wire.LIBXL_BIG_ENDIAN) != 0) {
            throw MalformedImage.at(12, "the stream is big-endian, which no Xen on x86 restores");
        }
        if ((options & ~(Wire.LIBXL_BIG_ENDIAN | Wire.LIBXL_LEGACY)) != 0) {
            throw MalformedImage.at(12, "reserved bits are set in the libxl options 0x" + Integer.toHexString(options));
        }
        visitor.libxlHeader(new LibxlHeader((options & Wire.LIBXL_LEGACY) != 0));
    }

    private void checkLibxl(RecordHead head) throws MalformedImage {
        if (head.optional()) {
            return;
        }
        int length = head.length();
        boolean fits = switch (head.type()) {
            case Wire.XL_LIBXC_CONTEXT -> length == 0;
            case Wire.XL_END -> length == 0 && demandPlain(head);
            case Wire.XL_EMULATOR_XENSTORE_DATA, Wire.XL_EMULATOR_CONTEXT -> length >= 8;
            case Wire.XL_CHECKPOINT_END -> length == 0 && demandCheckpointed(head);
            case Wire.XL_CHECKPOINT_STATE -> throw checkpointed(head);
            default -> throw unknown(head);
        };
        if (!fits) {
            throw wrongLength(head);
        }
    }

    /** Reads records of libxc's up to one that hands over to libxl. */
    private void readLibxc() throws IOException {
        while (true) {
            RecordHead head = readHead(Layer.LIBXC);
            if (head.type() == Wire.XC_PAGE_DATA) {
                readPages(head);
                continue;
            }
            checkLibxc(head);
            visitor.record(head);
            readBody(head);
            if (head.type() == Wire.XC_END || head.type() == Wire.XC_CHECKPOINT) {
                return;
            }
        }
    }

    private void demandBegun(RecordHead head) throws MalformedImage {
        if (!libxcSeen) {
            throw MalformedImage.at(head.byteOffset(), "a record " + head + " before the record 'LIBXC_CONTEXT'");
        }
    }

    private boolean demandPlain(RecordHead head) throws MalformedImage {
        if (checkpointed) {
            throw MalformedImage.at(
                    head.byteOffset(), "a record " + head + ", which a checkpointed stream does not have");
        }
        return true;
    }

    private boolean demandCheckpointed(RecordHead head) throws MalformedImage {
        if (!checkpointed) {
            throw checkpointed(head);
        }
        return true;
    }

    private void readLibxcHeader() throws IOException {
        long start = position;
        fill(Wire.LIBXC_HEADER_BYTES);
        if (Wire.longBe(buffer, 0) != Wire.LIBXC_MARKER || Wire.intBe(buffer, 8) != Wire.LIBXC_IDENT) {
            throw MalformedImage.at(start, "no libxc stream follows the record 'LIBXC_CONTEXT'");
        }
        int version = Wire.intBe(buffer, 12);
        if (version != 2 && version != 3) {
            throw MalformedImage.at(
                    start + 12, "libxc stream version " + Integer.toUnsignedString(version) + " is not known");
        }
        int options = Wire.shortBe(buffer, 16);
        if ((options & Wire.LIBXC_BIG_ENDIAN) != 0) {
            throw MalformedImage.at(start + 16, "the stream is big-endian, which no Xen on x86 restores");
        }
        if (options != 0 || Wire.shortBe(buffer, 18) != 0 || Wire.intBe(buffer, 20) != 0) {
            throw MalformedImage.at(start + 16, "reserved bits are set in the libxc header");
        }
        int type = Wire.intLe(buffer, 24);
        if (type != 1 && type != 2) {
            throw MalformedImage.at(start + 24, "guest type " + Integer.toUnsignedString(type) + " is not known");
        }
        if (Wire.shortLe(buffer, 28) != Wire.PAGE_SHIFT || Wire.shortLe(buffer, 30) != 0) {
            throw MalformedImage.at(start + 28, "pages are not of 4096 bytes, or reserved bits are set");
        }
        LibxcHeader.Guest guest = type == 1 ? LibxcHeader.Guest.PV : LibxcHeader.Guest.HVM;
        visitor.libxcHeader(new LibxcHeader(version, guest, Wire.intLe(buffer, 32), Wire.intLe(buffer, 36)));
    }

    private void checkLibxc(RecordHead head) throws MalformedImage {
        if (head.optional()) {
            return;
        }
        int length = head.length();
        boolean fits = switch (head.type()) {
            case Wire.XC_END, Wire.XC_VERIFY -> length == 0 && demandPlain(head);
            case Wire.XC_STATIC_DATA_END -> length == 0;
            case Wire.XC_PV_INFO -> length == 8;
            case Wire.XC_PV_P2M_FRAMES -> length >= 16 && length % 8 == 0;
            case Wire.XC_PV_VCPU_BASIC, Wire.XC_PV_VCPU_EXTENDED, Wire.XC_PV_VCPU_XSAVE, Wire.XC_PV_VCPU_MSRS ->
                length >= 8;
            case Wire.XC_SHARED_INFO -> length == Wire.PAGE_BYTES;
            case Wire.XC_TSC_INFO -> length == 24;
            case Wire.XC_HVM_CONTEXT -> length > 0;
            case Wire.XC_HVM_PARAMS -> length >= 8 && length % 16 == 8;
            case Wire.XC_CPUID_POLICY -> length > 0 && length % 24 == 0;
            case Wire.XC_MSR_POLICY -> length > 0 && length % 16 == 0;
            case Wire.XC_CHECKPOINT -> length == 0 && demandCheckpointed(head);
            case Wire.XC_CHECKPOINT_DIRTY_PFN_LIST -> throw checkpointed(head);
            default -> throw unknown(head);
        };
        if (!fits) {
            throw wrongLength(head);
        }
    }

    /** Checks what the first bytes of a libxc body, in the buffer now, promise. */
    private void checkLibxcBody(RecordHead head) throws MalformedImage {
        boolean fits = switch (head.type()) {
            case Wire.XC_PV_INFO ->
                (buffer[0] == 4 || buffer[0] == 8)
                        && (buffer[1] == 3 || buffer[1] == 4)
                        && Wire.shortLe(buffer, 2) == 0
                        && Wire.intLe(buffer, 4) == 0;
            case Wire.XC_PV_VCPU_BASIC, Wire.XC_PV_VCPU_EXTENDED, Wire.XC_PV_VCPU_XSAVE, Wire.XC_PV_VCPU_MSRS ->
                Wire.intLe(buffer, 4) == 0;
            case Wire.XC_TSC_INFO -> Wire.intLe(buffer, 20) == 0;
            case Wire.XC_HVM_PARAMS ->
                Wire.intLe(buffer, 4) == 0 && Integer.toUnsignedLong(Wire.intLe(buffer, 0)) * 16 + 8 == head.length();
            default -> true;
        };
        if (!fits) {
            throw MalformedImage.at(head.byteOffset(), "the head of the record " + head + " contradicts itself");
        }
    }

    private void readPages(RecordHead head) throws IOException {
        int length = head.length();
        if (length < 16) {
            throw wrongLength(head);
        }
        fill(8);
        long announced = Integer.toUnsignedLong(Wire.intLe(buffer, 0));
        if (announced == 0 || announced > Wire.BATCH_PAGES_MAX || 8 + 8 * announced > length) {
            throw MalformedImage.at(head.byteOffset(), "" + announced + " pages in a record " + head);
        }
        if (Wire.intLe(buffer, 4) != 0) {
            throw MalformedImage.at(head.byteOffset(), "reserved bits are set in the record " + head);
        }
        int count = (int) announced;
        int pages = readEntries(head, count);
        if (8L + 8L * count + (long) Wire.PAGE_BYTES * pages != length) {
            throw MalformedImage.at(
                    head.byteOffset(), "" + count + " entries with " + pages + " pages of data in a record " + head);
        }
        visitor.batch(head.byteOffset(), entries, count);
        int next = 0;
        int left = pages;
        while (left > 0) {
            int run = Math.min(left, BUFFER_BYTES / Wire.PAGE_BYTES);
            fill(run * Wire.PAGE_BYTES);
            for (int at = 0; at < run * Wire.PAGE_BYTES; at += Wire.PAGE_BYTES) {
                while (!PageEntry.hasData(entries[next])) {
                    next++;
                }
                visitor.page(entries[next++], buffer, at);
            }
            left -= run;
        }
    }

    /** Returns how many of the entries have data. The largest list, of 32768 entries, just fits into the buffer. */
    private int readEntries(RecordHead head, int count) throws IOException {
        if (entries.length < count) {
            entries = new long[Math.min(Wire.BATCH_PAGES_MAX, count * 2)];
        }
        fill(8 * count);
        int pages = 0;
        for (int i = 0; i < count; i++) {
            long entry = Wire.longLe(buffer, 8 * i);
            if (!PageEntry.valid(entry)) {
                throw MalformedImage.at(
                        head.byteOffset() + Wire.RECORD_HEAD_BYTES + 8 + 8L * i,
                        "invalid page entry 0x" + Long.toHexString(entry));
            }
            if (PageEntry.hasData(entry)) {
                pages++;
            }
            entries[i] = entry;
        }
        return pages;
    }

    private RecordHead readHead(Layer layer) throws IOException {
        visitor.recordBegins(position);
        long start = position;
        fillHead();
        int type = Wire.intLe(buffer, 0);
        long length = Integer.toUnsignedLong(Wire.intLe(buffer, 4));
        if (length > Wire.RECORD_BYTES_MAX) {
            throw MalformedImage.at(start, "a record '" + Wire.name(layer, type) + "' of " + length + " bytes");
        }
        return new RecordHead(layer, type, (int) length, start);
    }

    /** Hands a body on piece by piece, so that a false length costs no memory. */
    private void readBody(RecordHead head) throws IOException {
        int left = head.length();
        boolean first = true;
        byte last = 0;
        while (left > 0) {
            int piece = Math.min(left, BUFFER_BYTES);
            fill(piece);
            if (first && head.layer() == Layer.LIBXC) {
                checkLibxcBody(head);
            }
            first = false;
            last = buffer[piece - 1];
            visitor.body(buffer, 0, piece);
            left -= piece;
        }
        if (head.layer() == Layer.LIBXL
                && head.type() == Wire.XL_EMULATOR_XENSTORE_DATA
                && head.length() > 8
                && last != 0) {
            throw MalformedImage.at(head.byteOffset(), "the strings of the record " + head + " do not end");
        }
        int padding = (int) (Wire.padded(head.length()) - head.length());
        if (padding > 0) {
            fill(padding);
            for (int i = 0; i < padding; i++) {
                if (buffer[i] != 0) {
                    throw MalformedImage.at(head.byteOffset(), "the padding of the record " + head + " is not zero");
                }
            }
        }
    }

    /** A checkpointed stream may end where a record would begin. */
    private void fillHead() throws IOException {
        int first = in.read(buffer, 0, Wire.RECORD_HEAD_BYTES);
        if (first < 0 && checkpointed) {
            throw new Over();
        }
        fill(Math.max(0, first), Wire.RECORD_HEAD_BYTES);
    }

    /** Reads exactly so many bytes to the front of the buffer. */
    private void fill(int length) throws IOException {
        fill(0, length);
    }

    private void fill(int there, int length) throws IOException {
        int done = there;
        while (done < length) {
            int count = in.read(buffer, done, length - done);
            if (count < 0) {
                throw MalformedImage.cutShort(position + done);
            }
            done += count;
        }
        position += length;
    }

    private static MalformedImage unknown(RecordHead head) {
        return MalformedImage.at(
                head.byteOffset(), "a record " + head + ", which is not known and must not be skipped");
    }

    private static MalformedImage wrongLength(RecordHead head) {
        return MalformedImage.at(head.byteOffset(), "a record " + head + ", which is not a length it can have");
    }

    private static MalformedImage checkpointed(RecordHead head) {
        return MalformedImage.at(
                head.byteOffset(), "a record " + head + ", which belongs to a checkpointed (Remus or COLO) stream");
    }

    /** The input of a checkpointed stream ended between two records. */
    private static final class Over extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
