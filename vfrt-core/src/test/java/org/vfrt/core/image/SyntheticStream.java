package org.vfrt.core.image;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A migration stream as Xen would send it, for tests: well-formed, small, the same bytes for the same settings. A third of the
 * pages are zero, every sixteenth page frame is a hole. Its memory is small: pages are 4 KiB each and all held at once.
 */
@SuppressWarnings("ByteBufferBackingArray") // all of them are allocated by RawStream, on the heap
public final class SyntheticStream {

    /** How the guest is virtualised. */
    public enum Kind {
        PV,
        PVH,
        HVM
    }

    private static final int BATCH_PAGES = 1024;

    private final Kind kind;
    private final int pageFrames;
    private final int rounds;
    private final long seed;
    /** 0 for a plain stream. */
    private final int epochs;

    private final boolean xenstoreData;

    private SyntheticStream(Kind kind, int pageFrames, int rounds, long seed, int epochs, boolean xenstoreData) {
        this.kind = kind;
        this.pageFrames = pageFrames;
        this.rounds = rounds;
        this.seed = seed;
        this.epochs = epochs;
        this.xenstoreData = xenstoreData;
    }

    /** A plain save of a guest with so many page frames: one round. */
    public static SyntheticStream of(Kind kind, int pageFrames) {
        return new SyntheticStream(kind, pageFrames, 1, 1, 0, kind == Kind.HVM);
    }

    /** The same guest, migrated live in so many rounds, of which each after the first sends a part of the pages again. */
    public SyntheticStream live(int liveRounds) {
        return new SyntheticStream(kind, pageFrames, liveRounds, seed, epochs, xenstoreData);
    }

    /** The same shape with other contents. */
    public SyntheticStream seed(long newSeed) {
        return new SyntheticStream(kind, pageFrames, rounds, newSeed, epochs, xenstoreData);
    }

    /**
     * A checkpointed stream of so many epochs, as Remus sends it and a plain restore refuses it. Each epoch after the first sends a part of
     * the pages again, and another state of the machine.
     */
    public SyntheticStream remus(int epochCount) {
        return new SyntheticStream(kind, pageFrames, rounds, seed, epochCount, xenstoreData);
    }

    /** An HVM guest's stream without the record that Xen 4.17's own verifier cannot read. */
    public SyntheticStream withoutXenstoreData() {
        return new SyntheticStream(kind, pageFrames, rounds, seed, epochs, false);
    }

    /** Returns the guest's memory in bytes, as its definition would say it. */
    public long memoryBytes() {
        return (long) pageFrames * RawStream.PAGE_BYTES;
    }

    /** Returns the limits for this guest. */
    public StreamLimits limits() {
        return StreamLimits.forGuest(memoryBytes());
    }

    /** Opens the stream. */
    public InputStream open() {
        return new ByteArrayInputStream(bytes());
    }

    /** Returns the stream's bytes. */
    public byte[] bytes() {
        return build().stream.bytes();
    }

    /** Returns the checkpointed stream's bytes up to the end of that epoch, counted from 1; up to its beginning for 0. */
    public int bytesTo(int epoch) {
        return (int) (long) build().epochEnds.get(epoch);
    }

    /** Returns the guest as it was at the end of that epoch, in the normal form of a plain stream. */
    public byte[] normalFormOf(int epoch) {
        RawStream stream = new RawStream();
        front(stream);
        SortedMap<Long, Optional<byte[]>> memory = memory(rounds + epoch - 1);
        List<Long> pfns = List.copyOf(memory.keySet());
        for (int from = 0; from < pfns.size(); from += BATCH_PAGES) {
            List<Long> some = pfns.subList(from, Math.min(pfns.size(), from + BATCH_PAGES));
            batch(
                    stream,
                    some,
                    pfn -> memory.getOrDefault(pfn, Optional.empty()).orElse(null));
        }
        state(stream, epoch);
        stream.record(0);
        emulator(stream, epoch);
        return stream.record(0).bytes();
    }

    /** Returns where each round begins, in the stream's bytes. */
    public List<Long> roundOffsets() {
        return List.copyOf(build().roundOffsets);
    }

    /** Returns the latest state of every page frame named: its 4096 bytes, or empty for a hole. */
    public SortedMap<Long, Optional<byte[]>> memory() {
        return memory(rounds);
    }

    private SortedMap<Long, Optional<byte[]>> memory(int sendings) {
        TreeMap<Long, Optional<byte[]>> memory = new TreeMap<>();
        for (int round = 1; round <= sendings; round++) {
            for (long pfn : sent(round)) {
                memory.put(pfn, hole(pfn, round) ? Optional.empty() : Optional.of(contents(pfn, round)));
            }
        }
        return memory;
    }

    private record Built(RawStream stream, List<Long> roundOffsets, List<Long> epochEnds) {}

    private Built build() {
        RawStream stream = new RawStream();
        List<Long> roundOffsets = new ArrayList<>();
        List<Long> epochEnds = new ArrayList<>();
        front(stream);
        epochEnds.add((long) stream.size());
        for (int round = 1; round <= rounds; round++) {
            roundOffsets.add((long) stream.size());
            sending(stream, round);
        }
        for (int epoch = 1; epoch <= epochs; epoch++) {
            if (epoch > 1) {
                sending(stream, rounds + epoch - 1);
            }
            state(stream, epoch);
            stream.record(0xe);
            emulator(stream, epoch);
            stream.record(4);
            epochEnds.add((long) stream.size());
        }
        if (epochs == 0) {
            state(stream, 1);
            stream.record(0);
            emulator(stream, 1);
            stream.record(0);
        }
        return new Built(stream, roundOffsets, epochEnds);
    }

    private void front(RawStream stream) {
        stream.libxl().record(1).libxc(kind == Kind.PV ? 1 : 2);
        if (kind == Kind.PV) {
            stream.record(2, (byte) 8, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0);
        }
        stream.record(0x11, RawStream.filled(48, 1))
                .record(0x12, RawStream.filled(32, 2))
                .record(0x10);
        if (kind == Kind.PV) {
            int frames = (pageFrames - 1) / 512 + 1;
            stream.record(
                    3,
                    RawStream.little(8 + 8 * frames)
                            .putInt(0)
                            .putInt(pageFrames - 1)
                            .array());
        }
    }

    private void sending(RawStream stream, int round) {
        List<Long> pfns = sent(round);
        for (int from = 0; from < pfns.size(); from += BATCH_PAGES) {
            List<Long> some = pfns.subList(from, Math.min(pfns.size(), from + BATCH_PAGES));
            batch(stream, some, pfn -> hole(pfn, round) ? null : contents(pfn, round));
        }
    }

    private void state(RawStream stream, int epoch) {
        if (kind == Kind.PV) {
            stream.record(8, RawStream.tscInfo()).record(7, RawStream.filled(RawStream.PAGE_BYTES, 7));
            stream.record(4, RawStream.little(8 + 5168).putInt(0).array())
                    .record(5, RawStream.little(8 + 128).putInt(0).array());
        } else {
            stream.hvmState(epoch);
        }
    }

    private void emulator(RawStream stream, int epoch) {
        if (xenstoreData) {
            byte[] strings = "physmap/f0000000/name\0vga.vram\0".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            stream.record(
                    2,
                    RawStream.little(8 + strings.length)
                            .putInt(2)
                            .putInt(0)
                            .put(strings)
                            .array());
        }
        if (kind == Kind.HVM) {
            stream.record(
                    3,
                    RawStream.little(8 + 777)
                            .putInt(2)
                            .putInt(0)
                            .putInt(epoch - 1)
                            .array());
        }
    }

    private void batch(RawStream stream, List<Long> pfns, LongFunction<byte @Nullable []> contents) {
        long[] entries = new long[pfns.size()];
        List<byte[]> data = new ArrayList<>();
        for (int i = 0; i < entries.length; i++) {
            long pfn = pfns.get(i);
            byte[] page = contents.apply(pfn);
            entries[i] = (page == null ? 0xfL : type(pfn)) << 60 | pfn;
            if (page != null) {
                data.add(page);
            }
        }
        stream.pages(entries, data.toArray(byte[][]::new));
    }

    /** The first round sends all, each later one page frame 0 and about an eighth of the others. */
    private List<Long> sent(int round) {
        List<Long> pfns = new ArrayList<>();
        for (long pfn = 0; pfn < pageFrames; pfn++) {
            if (round == 1 || pfn == 0 || random(pfn, round).nextInt(8) == 0) {
                pfns.add(pfn);
            }
        }
        return pfns;
    }

    private static boolean hole(long pfn, int round) {
        return pfn % 16 == 15 || (round > 1 && pfn % 32 == 7);
    }

    /** A PV guest's page tables are marked, pinned and not. */
    private long type(long pfn) {
        return kind == Kind.PV && pfn % 10 == 1 ? (pfn % 20 == 1 ? 0x1 : 0xc) : 0;
    }

    private byte[] contents(long pfn, int round) {
        byte[] page = new byte[RawStream.PAGE_BYTES];
        if (pfn % 3 != 0) {
            random(pfn, -round).nextBytes(page);
        }
        return page;
    }

    private SplittableRandom random(long pfn, int round) {
        return new SplittableRandom(seed * 1_000_003 + pfn * 1009 + round);
    }
}
