package org.vfrt.core.pack;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.key.Algorithms;

/**
 * Writes a pack: its frames, in any order and from any thread, then its parts, then its ends. A pack without its ends is not taken
 * for one.
 */
@SuppressWarnings("ByteBufferBackingArray") // all of them are allocated by PackLayout, on the heap
final class PackWriter implements AutoCloseable {

    /** Writes the content of a part. */
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private final FileChannel channel;
    private final byte[] head;
    private final Map<Section, byte[]> directory = new EnumMap<>(Section.class);
    private long end = PackLayout.HEAD_BYTES;
    private byte[] frames = new byte[PackLayout.FRAME_ENTRY_BYTES * 1024];
    private int frameCount;

    /**
     * Begins a pack.
     *
     * @param channel an empty file; belongs to the writer from now on
     * @param salt random; the sealer of every block must have been made for it
     */
    PackWriter(FileChannel channel, String name, boolean sealed, byte[] salt) throws IOException {
        this.channel = channel;
        ByteBuffer first = PackLayout.little(PackLayout.HEAD_BYTES);
        first.putLong(PackLayout.HEAD_MAGIC).putShort((short) PackLayout.VERSION);
        first.putShort((short) (sealed ? PackLayout.SEALED : 0)).putInt(0);
        first.put(salt).put(PackLayout.name(name));
        this.head = first.array();
        write(ByteBuffer.wrap(head), 0);
    }

    /** Writes one frame. For any number of threads, once for each frame. */
    void frame(int frame, byte[] stored, long present) throws IOException {
        write(ByteBuffer.wrap(stored), placeFor(frame, stored, present));
    }

    private synchronized long placeFor(int frame, byte[] stored, long present) {
        int at = frame * PackLayout.FRAME_ENTRY_BYTES;
        if (at + PackLayout.FRAME_ENTRY_BYTES > frames.length) {
            frames = Arrays.copyOf(frames, Math.max(frames.length * 2, at + PackLayout.FRAME_ENTRY_BYTES));
        }
        PackLayout.little(frames)
                .position(at)
                .putLong(end)
                .putInt(stored.length)
                .putInt(PackLayout.crc(stored, stored.length))
                .putLong(present);
        frameCount = Math.max(frameCount, frame + 1);
        long place = end;
        end += stored.length;
        return place;
    }

    /** Returns how many bytes were written so far. */
    synchronized long bytes() {
        return end;
    }

    /** Writes a part that is kept as it is. All frames must be there. */
    void section(Section section, Content content) throws IOException {
        try (Part part = new Part()) {
            content.writeTo(part);
            directory.put(section, part.entry(section));
        }
    }

    /** Writes a part in blocks, each sealed for itself. */
    Blocks blocks(Section section) {
        return new Blocks(section);
    }

    /** The blocks of one part, in order. */
    final class Blocks {
        private final Section section;
        private final Part part = new Part();
        private ByteBuffer table = PackLayout.little(PackLayout.BLOCK_ENTRY_BYTES * 64);
        private int count;

        private Blocks(Section section) {
            this.section = section;
        }

        int count() {
            return count;
        }

        /** Adds one; an empty array stands for a block without content. */
        void add(byte[] stored) throws IOException {
            part.write(stored, 0, stored.length);
            if (table.remaining() < PackLayout.BLOCK_ENTRY_BYTES) {
                table = PackLayout.little(Arrays.copyOf(table.array(), table.capacity() * 2))
                        .position(table.position());
            }
            table.putLong(part.length).putInt(PackLayout.crc(stored, stored.length));
            count++;
        }

        void end() throws IOException {
            part.write(table.array(), 0, table.position());
            part.write(PackLayout.little(4).putInt(count).array(), 0, 4);
            directory.put(section, part.entry(section));
            part.close();
        }
    }

    /** The table of the frames, and what else belongs to the ends. Everything is durable afterwards. */
    void finish(int slots, long pfnEnd, int mapDepth, Optional<Integer> mapParent) throws IOException {
        section(Section.FRAMES, out -> out.write(frames, 0, frameCount * PackLayout.FRAME_ENTRY_BYTES));
        ByteBuffer entries = PackLayout.little(directory.size() * PackLayout.DIRECTORY_ENTRY_BYTES);
        directory.values().forEach(entries::put);
        ByteBuffer last = PackLayout.little(PackLayout.TAIL_BYTES);
        last.putLong(end)
                .putInt(directory.size())
                .putInt(slots)
                .putLong(pfnEnd)
                .putInt(mapDepth)
                .putInt(mapParent.orElse(-1));
        last.put(PackFile.seal(head, entries.array(), last.array()), 0, 20);
        last.position(56).putLong(PackLayout.TAIL_MAGIC);
        write(ByteBuffer.wrap(entries.array()), end);
        write(ByteBuffer.wrap(last.array()), end + entries.capacity());
        channel.force(true);
    }

    private void write(ByteBuffer bytes, long offset) throws IOException {
        long at = offset;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Names the packs that this one leads to, by the numbers used in it. */
    void packs(List<String> names) throws IOException {
        section(Section.PACKS, out -> {
            for (String name : names) {
                out.write(PackLayout.name(name));
            }
        });
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Appends to the pack and hashes on the way. */
    private final class Part extends OutputStream {
        private static final int BUFFER_BYTES = 256 << 10;

        private final MessageDigest digest = Algorithms.sha256();
        private final long from = bytes();
        private final byte[] buffer = new byte[BUFFER_BYTES];
        private int buffered;
        private long length;

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int count) throws IOException {
            digest.update(source, offset, count);
            length += count;
            if (buffered + count > buffer.length) {
                drain();
            }
            if (count > buffer.length) {
                append(source, offset, count);
            } else {
                System.arraycopy(source, offset, buffer, buffered, count);
                buffered += count;
            }
        }

        private void drain() throws IOException {
            append(buffer, 0, buffered);
            buffered = 0;
        }

        private void append(byte[] source, int offset, int count) throws IOException {
            PackWriter.this.write(ByteBuffer.wrap(source, offset, count), end);
            end += count;
        }

        byte[] entry(Section section) throws IOException {
            drain();
            return PackLayout.little(PackLayout.DIRECTORY_ENTRY_BYTES)
                    .putInt(section.number())
                    .putInt(0)
                    .putLong(from)
                    .putLong(length)
                    .putLong(0)
                    .put(digest.digest())
                    .array();
        }

        @Override
        public void close() throws IOException {
            drain();
        }
    }
}
