package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.util.function.Consumer;
import org.vfrt.core.image.LibxcHeader;
import org.vfrt.core.image.LibxlHeader;
import org.vfrt.core.image.RecordHead;
import org.vfrt.core.image.StreamVisitor;

/**
 * Hands an image on to the store, and marks what the store could not keep.
 *
 * @param head hears first how the image begins, if it is Xen's
 */
record KeptImage(Incoming incoming, Consumer<LibxcHeader> head) implements ImageProof.Kept {

    KeptImage(Incoming incoming) {
        this(incoming, header -> {});
    }

    @Override
    public StreamVisitor stream() {
        return new Marked(incoming.stream(), head);
    }

    @Override
    public void opaque(byte[] image) throws IOException {
        keep(() -> incoming.opaque(image));
    }

    /** Something the store does. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static void keep(Step step) throws NotKept {
        try {
            step.run();
        } catch (IOException e) {
            throw new NotKept(e);
        }
    }

    private record Marked(StreamVisitor store, Consumer<LibxcHeader> head) implements StreamVisitor {

        @Override
        public void libxlHeader(LibxlHeader header) throws IOException {
            keep(() -> store.libxlHeader(header));
        }

        @Override
        public void libxcHeader(LibxcHeader header) throws IOException {
            head.accept(header);
            keep(() -> store.libxcHeader(header));
        }

        @Override
        public void record(RecordHead head) throws IOException {
            keep(() -> store.record(head));
        }

        @Override
        public void body(byte[] buffer, int offset, int length) throws IOException {
            keep(() -> store.body(buffer, offset, length));
        }

        @Override
        public void batch(long byteOffset, long[] entries, int count) throws IOException {
            keep(() -> store.batch(byteOffset, entries, count));
        }

        @Override
        public void page(long entry, byte[] buffer, int offset) throws IOException {
            // Once for each page: the others are rare.
            try {
                store.page(entry, buffer, offset);
            } catch (IOException e) {
                throw new NotKept(e);
            }
        }

        @Override
        public void end(long streamBytes) throws IOException {
            keep(() -> store.end(streamBytes));
        }
    }
}
