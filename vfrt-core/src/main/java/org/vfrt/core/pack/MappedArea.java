package org.vfrt.core.pack;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A file, or a part of one, in memory that is not the heap's, of any length and growing when it may be written. What is read or
 * written together must not straddle a segment: its length divides 1 GiB.
 */
final class MappedArea {

    private static final int SEGMENT_SHIFT = 30;
    private static final long SEGMENT_BYTES = 1L << SEGMENT_SHIFT;
    private static final int GROWTH_BYTES = 64 << 10;
    private static final long GROWTH_BYTES_MAX = 256 << 20;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final FileChannel channel;
    private final FileChannel.MapMode mode;
    private final long from;
    private final List<MappedByteBuffer> segments = new ArrayList<>();
    private long bytes;

    private MappedArea(FileChannel channel, FileChannel.MapMode mode, long from) {
        this.channel = channel;
        this.mode = mode;
        this.from = from;
    }

    /** Maps a part of a file for reading. It outlives the channel. */
    static MappedArea reading(FileChannel channel, long from, long bytes) throws IOException {
        MappedArea area = new MappedArea(channel, FileChannel.MapMode.READ_ONLY, from);
        area.map(bytes);
        return area;
    }

    /** Maps a file that grows as it is written to, from its beginning. */
    static MappedArea growing(FileChannel channel) {
        return new MappedArea(channel, FileChannel.MapMode.READ_WRITE, 0);
    }

    /** Maps a file of this length for reading and writing. */
    static MappedArea writing(FileChannel channel, long bytes) throws IOException {
        MappedArea area = growing(channel);
        area.fill(bytes);
        area.map(bytes);
        return area;
    }

    /** Makes sure that so many bytes can be written. New ones are zero. For the one that writes. */
    void reach(long needed) throws IOException {
        if (needed > bytes) {
            // Doubled, so that a large file is not mapped anew too often; a mapping that was given up goes with the
            // next
            // collection.
            long more = Math.max(needed, Math.min(bytes * 2, bytes + GROWTH_BYTES_MAX) + GROWTH_BYTES);
            fill(more);
            map(more);
        }
    }

    /** A page of a mapping that finds no room on the disk kills the process; a write that finds none is an IOException. */
    private void fill(long length) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate(GROWTH_BYTES);
        for (long at = channel.size(); at < length; ) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), length - at));
            at += channel.write(zeros, at);
        }
    }

    private void map(long length) throws IOException {
        int full = (int) (bytes >>> SEGMENT_SHIFT);
        List<MappedByteBuffer> kept = new ArrayList<>(segments.subList(0, Math.min(full, segments.size())));
        for (long at = kept.size() * SEGMENT_BYTES; at < length; at += SEGMENT_BYTES) {
            MappedByteBuffer segment = channel.map(mode, from + at, Math.min(SEGMENT_BYTES, length - at));
            segment.order(ByteOrder.LITTLE_ENDIAN);
            kept.add(segment);
        }
        segments.clear();
        segments.addAll(kept);
        bytes = length;
    }

    long bytes() {
        return bytes;
    }

    long getLong(long at) {
        return segment(at).getLong(within(at));
    }

    void putLong(long at, long value) {
        segment(at).putLong(within(at), value);
    }

    int getInt(long at) {
        return segment(at).getInt(within(at));
    }

    void get(long at, byte[] target, int offset, int length) {
        segment(at).get(within(at), target, offset, length);
    }

    void put(long at, byte[] source, int offset, int length) {
        segment(at).put(within(at), source, offset, length);
    }

    /** Returns whether the bytes at this place are those; their number is a multiple of 8. */
    boolean matches(long at, byte[] expected, int offset, int length) {
        ByteBuffer segment = segment(at);
        int within = within(at);
        for (int i = 0; i < length; i += Long.BYTES) {
            if (segment.getLong(within + i) != (long) LONG.get(expected, offset + i)) {
                return false;
            }
        }
        return true;
    }

    private MappedByteBuffer segment(long at) {
        return segments.get((int) (at >>> SEGMENT_SHIFT));
    }

    private static int within(long at) {
        return (int) (at & (SEGMENT_BYTES - 1));
    }
}
