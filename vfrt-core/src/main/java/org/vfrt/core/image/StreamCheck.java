package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a stream to its libxl END, or a checkpointed one as long as it goes on, and proves that Xen's own reader would find everything it needs, in an order it takes. Needs
 * the memory of {@link StreamReader} and nothing for each page.
 *
 * <p>It cannot prove that the pages' contents are those the guest had: the stream carries no checksums. For any number of
 * threads, one {@link #read} each.
 */
public final class StreamCheck {

    private final StreamLimits limits;
    private final Watcher watcher;

    /** Checks against these limits, with nobody watching. */
    public StreamCheck(StreamLimits limits) {
        this(limits, new Watcher() {});
    }

    public StreamCheck(StreamLimits limits, Watcher watcher) {
        this.limits = limits;
        this.watcher = watcher;
    }

    /**
     * Reads one stream, and nothing behind its END.
     *
     * @throws MalformedImage when it is cut short, malformed, incomplete, out of order, or beyond the limits
     * @throws IOException what the input throws, unchanged
     */
    public StreamSummary read(InputStream in) throws IOException {
        return read(in, new StreamVisitor() {});
    }

    /**
     * Reads one stream as {@link #read(InputStream)} does, and shows every part of it to somebody else as soon as it was found right.
     *
     * @throws IOException what the input or {@code also} throws, unchanged
     */
    public StreamSummary read(InputStream in, StreamVisitor also) throws IOException {
        StructureRules rules = new StructureRules(limits, watcher);
        StreamReader.read(in, new Both(rules, also));
        return rules.summary();
    }

    /**
     * Reads a checkpointed stream for as long as it goes on, as {@link StreamReader#readCheckpointed} does, and shows every part of it to
     * somebody else as soon as it was found right. Each epoch is asked for what a plain stream is asked for.
     *
     * @throws MalformedImage when it is malformed, out of order, or beyond the limits, or ended inside of a record; epochs before are right
     * @throws IOException what the input or {@code also} throws, unchanged
     */
    public void readCheckpointed(InputStream in, StreamVisitor also) throws IOException {
        StreamReader.readCheckpointed(in, new Both(new StructureRules(limits, watcher), also));
    }

    /** The second is told what the first let pass. */
    private record Both(StreamVisitor first, StreamVisitor second) implements StreamVisitor {

        @Override
        public void libxlHeader(LibxlHeader header) throws IOException {
            first.libxlHeader(header);
            second.libxlHeader(header);
        }

        @Override
        public void recordBegins(long byteOffset) throws IOException {
            first.recordBegins(byteOffset);
            second.recordBegins(byteOffset);
        }

        @Override
        public void libxcHeader(LibxcHeader header) throws IOException {
            first.libxcHeader(header);
            second.libxcHeader(header);
        }

        @Override
        public void record(RecordHead head) throws IOException {
            first.record(head);
            second.record(head);
        }

        @Override
        public void body(byte[] buffer, int offset, int length) throws IOException {
            first.body(buffer, offset, length);
            second.body(buffer, offset, length);
        }

        @Override
        public void batch(long byteOffset, long[] entries, int count) throws IOException {
            first.batch(byteOffset, entries, count);
            second.batch(byteOffset, entries, count);
        }

        @Override
        public void page(long entry, byte[] buffer, int offset) throws IOException {
            first.page(entry, buffer, offset);
            second.page(entry, buffer, offset);
        }

        @Override
        public void end(long streamBytes) throws IOException {
            first.end(streamBytes);
            second.end(streamBytes);
        }
    }

    /**
     * Told where the stream is while it is read, by the reading thread.
     *
     * <p>To know when the bytes before a round had arrived, note the time in {@link #recordBegins} and keep the last note in
     * {@link #roundBegan}: the first is called when everything before the record, and nothing of it, has been read.
     */
    public interface Watcher {

        /** The bytes before this offset have been read, and nothing behind it. */
        default void recordBegins(long byteOffset) {}

        /**
         * A copy round began with the record at this offset.
         *
         * <p>libxc sends each round in ascending order of page frame numbers and ends its last record with it, so a record
         * with a number that is not greater than the one before it begins a round. A round whose lowest number happens to be
         * greater than the highest of the round before is not told apart from it. A pause measured from the last round is
         * thus never too short.
         *
         * @param round counted from 1
         * @param byteOffset of the record's head: {@link #recordBegins} was called with it before
         */
        default void roundBegan(int round, long byteOffset) {}
    }
}
