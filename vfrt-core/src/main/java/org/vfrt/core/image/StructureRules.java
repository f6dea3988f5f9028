package org.vfrt.core.image;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The order and completeness of a stream, as Xen's reader (xg_sr_restore*.c) and its specification ask for it. Of a checkpointed
 * stream each epoch is asked for the same, and has the room of a stream of its own.
 */
class StructureRules implements StreamVisitor {

    private static final byte[] ZERO_PAGE = new byte[Wire.PAGE_BYTES];

    private final StreamLimits limits;
    private final StreamCheck.Watcher watcher;

    private @Nullable LibxcHeader header;
    /** The libxc stream is at its END, or at a CHECKPOINT: from there to the end of the epoch it is libxl's turn. */
    private boolean libxcEnded;

    private boolean staticDataEnded;
    private boolean verifying;
    private boolean pagesSeen;
    private boolean stateSeen;
    private boolean hvmContextSeen;
    private boolean hvmParamsSeen;
    private boolean vcpuSeen;
    private boolean sharedInfoSeen;
    private boolean emulatorState;
    /** Bytes of a page-table entry of a PV guest, 0 before its X86_PV_INFO. */
    private int pvWidth;

    private long pfnMax;
    private boolean p2mSeen;
    private @Nullable RecordHead current;
    private boolean bodyBegun;

    /** Where the epoch began: 0 in a plain stream. */
    private long epochOffset;

    private long entries;
    private long pages;
    private long zeroPages;
    private long pfnHighest = -1;
    private long pfnLast = Long.MAX_VALUE;
    private int rounds;
    private long lastRoundOffset;
    private long bytes;

    StructureRules(StreamLimits limits, StreamCheck.Watcher watcher) {
        this.limits = limits;
        this.watcher = watcher;
        this.pfnMax = limits.pfnMax();
    }

    /** Returns what was seen. To be called after the end only. */
    final StreamSummary summary() {
        if (header == null) {
            throw new IllegalStateException("the stream has not been read to its end");
        }
        return new StreamSummary(
                bytes, header, entries, pages, zeroPages, pfnHighest, rounds, lastRoundOffset, emulatorState);
    }

    /** Returns whether pages are sent a second time only to be compared with those sent before. */
    final boolean verifying() {
        return verifying;
    }

    @Override
    public void recordBegins(long byteOffset) {
        watcher.recordBegins(byteOffset);
    }

    @Override
    public void libxcHeader(LibxcHeader libxc) {
        header = libxc;
    }

    @Override
    public void record(RecordHead head) throws MalformedImage {
        demandRoom(head.endOffset());
        current = head;
        bodyBegun = false;
        if (head.optional()) {
            return;
        }
        if (head.layer() == Layer.LIBXL) {
            libxlRecord(head);
        } else {
            libxcRecord(head, knownHeader());
        }
    }

    private void libxlRecord(RecordHead head) throws MalformedImage {
        switch (head.type()) {
            case Wire.XL_EMULATOR_CONTEXT, Wire.XL_EMULATOR_XENSTORE_DATA -> {
                demand(libxcEnded, head, "before the record 'LIBXC_CONTEXT'");
                emulatorState |= head.type() == Wire.XL_EMULATOR_CONTEXT;
            }
            case Wire.XL_END -> demand(libxcEnded, head, "without a record 'LIBXC_CONTEXT' before it");
            case Wire.XL_CHECKPOINT_END -> {
                demand(libxcEnded, head, "without a record 'CHECKPOINT' before it");
                beginEpoch(head.endOffset());
            }
            default -> {}
        }
    }

    private void libxcRecord(RecordHead head, LibxcHeader libxc) throws MalformedImage {
        boolean pv = libxc.guest() == LibxcHeader.Guest.PV;
        switch (head.type()) {
            case Wire.XC_PV_INFO, Wire.XC_CPUID_POLICY, Wire.XC_MSR_POLICY -> {
                demand(!staticDataEnded, head, "behind the record 'STATIC_DATA_END'");
                demand(!pagesSeen && !p2mSeen, head, "behind memory");
                if (head.type() == Wire.XC_PV_INFO) {
                    demand(pv, head, "in the stream of an HVM or PVH guest");
                } else {
                    demand(libxc.version() >= 3, head, "in a libxc stream of version 2");
                }
            }
            case Wire.XC_STATIC_DATA_END -> {
                demand(libxc.version() >= 3, head, "in a libxc stream of version 2");
                demand(!staticDataEnded, head, "for a second time");
                demand(!pv || pvWidth > 0, head, "without a record 'X86_PV_INFO' before it");
                staticDataEnded = true;
            }
            case Wire.XC_PV_P2M_FRAMES -> {
                demandStaticData(head, libxc);
                demand(pv, head, "in the stream of an HVM or PVH guest");
                demand(!pagesSeen, head, "behind memory");
            }
            case Wire.XC_SHARED_INFO -> {
                demandStaticData(head, libxc);
                demand(pv, head, "in the stream of an HVM or PVH guest");
                sharedInfoSeen = true;
                stateSeen = true;
            }
            case Wire.XC_PV_VCPU_BASIC, Wire.XC_PV_VCPU_EXTENDED, Wire.XC_PV_VCPU_XSAVE, Wire.XC_PV_VCPU_MSRS -> {
                demandStaticData(head, libxc);
                demand(pv, head, "in the stream of an HVM or PVH guest");
                // Xen skips records that are nothing but a processor's number: old senders wrote them by mistake
                vcpuSeen |= head.type() == Wire.XC_PV_VCPU_BASIC && head.length() > 8;
                stateSeen = true;
            }
            case Wire.XC_HVM_CONTEXT, Wire.XC_HVM_PARAMS -> {
                demandStaticData(head, libxc);
                demand(!pv, head, "in the stream of a PV guest");
                hvmContextSeen |= head.type() == Wire.XC_HVM_CONTEXT;
                hvmParamsSeen |= head.type() == Wire.XC_HVM_PARAMS;
                stateSeen = true;
            }
            case Wire.XC_VERIFY -> {
                demandStaticData(head, libxc);
                demand(!stateSeen, head, "behind the machine's state");
                verifying = true;
            }
            case Wire.XC_END, Wire.XC_CHECKPOINT -> {
                boolean end = head.type() == Wire.XC_END;
                demand(!pv || end, head, "in the stream of a PV guest");
                demand(pagesSeen || end, head, "without memory before it");
                demandStaticData(head, libxc);
                demand(!pv || p2mSeen, head, "without a record 'X86_PV_P2M_FRAMES' before it");
                demand(!pv || sharedInfoSeen, head, "without a record 'SHARED_INFO' before it");
                demand(!pv || vcpuSeen, head, "without a record 'X86_PV_VCPU_BASIC' before it");
                demand(pv || hvmContextSeen, head, "without a record 'HVM_CONTEXT' before it");
                demand(pv || hvmParamsSeen, head, "without a record 'HVM_PARAMS' before it");
                libxcEnded = true;
            }
            default -> {}
        }
    }

    /** Static data is sent once; memory that changed, and the whole state, in each epoch. */
    private void beginEpoch(long byteOffset) {
        libxcEnded = false;
        stateSeen = false;
        hvmContextSeen = false;
        hvmParamsSeen = false;
        pfnLast = Long.MAX_VALUE;
        epochOffset = byteOffset;
    }

    @Override
    public void body(byte[] buffer, int offset, int length) throws MalformedImage {
        RecordHead head = current;
        if (bodyBegun || head == null || head.layer() != Layer.LIBXC) {
            return;
        }
        bodyBegun = true;
        if (head.type() == Wire.XC_PV_INFO) {
            pvWidth = buffer[offset];
        } else if (head.type() == Wire.XC_PV_P2M_FRAMES) {
            p2mFrames(head, Wire.intLe(buffer, offset), Wire.intLe(buffer, offset + 4));
        }
    }

    /** The list of frames that hold a PV guest's table of page frames also says how far that table goes. */
    private void p2mFrames(RecordHead head, int startPfn, int endPfn) throws MalformedImage {
        long start = Integer.toUnsignedLong(startPfn);
        long end = Integer.toUnsignedLong(endPfn);
        long entriesPerFrame = Wire.PAGE_BYTES / pvWidth;
        demand(
                start <= end && 8 + 8 * (end / entriesPerFrame + 1 - start / entriesPerFrame) == head.length(),
                head,
                "for page frames " + start + " to " + end);
        demand(end <= limits.pfnMax(), head, "up to page frame " + end + ", more than a guest of this size has");
        pfnMax = p2mSeen ? Math.max(pfnMax, end) : end;
        p2mSeen = true;
    }

    @Override
    public void batch(long byteOffset, long[] list, int count) throws MalformedImage {
        demandPagesHere(byteOffset);
        long previous = pfnLast;
        long highest = pfnHighest;
        boolean ascending = true;
        int withData = 0;
        for (int i = 0; i < count; i++) {
            long pfn = PageEntry.pfn(list[i]);
            ascending &= pfn > previous;
            previous = pfn;
            highest = Math.max(highest, pfn);
            if (PageEntry.hasData(list[i])) {
                withData++;
            }
        }
        if (highest > pfnMax) {
            throw MalformedImage.at(
                    byteOffset, "page frame " + highest + ", and a guest of this size has none above " + pfnMax);
        }
        demandRoom(byteOffset + Wire.RECORD_HEAD_BYTES + 8 + 8L * count + (long) Wire.PAGE_BYTES * withData);
        pagesSeen = true;
        entries += count;
        pages += withData;
        pfnLast = previous;
        pfnHighest = highest;
        if (!ascending && !verifying) {
            rounds++;
            lastRoundOffset = byteOffset;
            watcher.roundBegan(rounds, byteOffset);
        }
    }

    private void demandPagesHere(long byteOffset) throws MalformedImage {
        LibxcHeader libxc = knownHeader();
        if (libxc.version() >= 3 ? !staticDataEnded : libxc.guest() == LibxcHeader.Guest.PV && pvWidth == 0) {
            throw MalformedImage.at(byteOffset, "memory before the end of the static data");
        }
        if (libxc.guest() == LibxcHeader.Guest.PV && !p2mSeen) {
            throw MalformedImage.at(byteOffset, "memory before the record 'X86_PV_P2M_FRAMES'");
        }
        if (stateSeen) {
            throw MalformedImage.at(byteOffset, "memory behind the machine's state");
        }
    }

    @Override
    public void page(long entry, byte[] buffer, int offset) {
        if (Arrays.mismatch(buffer, offset, offset + Wire.PAGE_BYTES, ZERO_PAGE, 0, Wire.PAGE_BYTES) < 0) {
            zeroPages++;
        }
    }

    @Override
    public void end(long streamBytes) throws MalformedImage {
        bytes = streamBytes;
    }

    /** The reader announces the libxc header before any libxc record. */
    private LibxcHeader knownHeader() {
        if (header == null) {
            throw new IllegalStateException("a libxc record without a libxc header");
        }
        return header;
    }

    /** In version 2 nothing marks the end of the static data; only what a PV guest's records build on can be asked for. */
    private void demandStaticData(RecordHead head, LibxcHeader libxc) throws MalformedImage {
        if (libxc.version() >= 3) {
            demand(staticDataEnded, head, "before the record 'STATIC_DATA_END'");
        } else {
            demand(libxc.guest() != LibxcHeader.Guest.PV || pvWidth > 0, head, "before the record 'X86_PV_INFO'");
        }
    }

    private void demandRoom(long endOffset) throws MalformedImage {
        if (endOffset - epochOffset > limits.streamBytesMax()) {
            throw MalformedImage.at(
                    epochOffset + limits.streamBytesMax(),
                    "the stream goes on, and a guest of this size has at most " + limits.streamBytesMax() + " bytes");
        }
    }

    private static void demand(boolean condition, RecordHead head, String situation) throws MalformedImage {
        if (!condition) {
            throw MalformedImage.at(head.byteOffset(), "a record " + head + " " + situation);
        }
    }
}
