package org.vfrt.core.epoch;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.image.PageBatches;
import org.vfrt.core.image.PageEntry;
import org.vfrt.core.image.StreamWriter;

/**
 * A guest's last complete epoch, as the plain image that a save of the guest at that instant would have been: each page once, in ascending order, the ENDs where the checkpoints were. Until
 * it is closed nothing else is received in its place. For one thread.
 */
public final class EpochImage implements Closeable {

    private final EpochLock lock;
    private final EpochFiles files;
    private final EpochHead head;
    private final String definition;
    private final long bytes;

    private EpochImage(EpochLock lock, EpochFiles files, EpochHead head) throws IOException {
        this.lock = lock;
        this.files = files;
        this.head = head;
        this.definition = new String(head.definition().input(files.definition).readAllBytes(), StandardCharsets.UTF_8);
        this.bytes = head.before().bytes() + pagesBytes() + head.behind().bytes();
    }

    /**
     * Opens the last complete epoch. One whose pages were being put into place when the receiver died is finished first, so this writes.
     *
     * @param guest the guest's directory
     * @return the image; empty when no epoch was ever complete
     * @throws org.vfrt.core.failure.Busy when somebody receives it, or reads it
     * @throws Damaged when what is there is not what was written
     * @throws Failed when it cannot be read
     */
    public static Optional<EpochImage> open(Path guest) {
        try {
            if (!Files.isDirectory(guest)) {
                return Optional.empty();
            }
            EpochLock lock = EpochLock.attempt(guest).orElseThrow(() -> ReceiveEpochs.busy(guest));
            Optional<EpochImage> image = Optional.empty();
            try {
                image = open(guest, lock);
            } finally {
                if (image.isEmpty()) {
                    lock.close();
                }
            }
            return image;
        } catch (IOException e) {
            throw new Failed(
                    "epochs-unreadable",
                    "the epochs in '" + guest + "' cannot be read: " + e.getMessage(),
                    "See who the directory belongs to, and what it is on.",
                    e);
        }
    }

    private static Optional<EpochImage> open(Path guest, EpochLock lock) throws IOException {
        Optional<EpochStreams.Complete> newest = EpochStreams.newest(guest);
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        EpochFiles files = new EpochFiles(newest.get().directory());
        EpochImage image = null;
        try {
            image = new EpochImage(lock, files, whole(guest, files, newest.get().head()));
        } finally {
            if (image == null) {
                files.close();
            }
        }
        return Optional.of(image);
    }

    /** What the head names was durable before the head was; so whatever is not there now was damaged, and not left half done. */
    private static EpochHead whole(Path guest, EpochFiles files, EpochHead head) throws IOException {
        demand(guest, head.definition().isIn(files.definition), "the definition");
        demand(guest, head.before().isIn(files.before), "what is before the memory");
        demand(guest, head.behind().isIn(files.behind(head.epoch().number())), "what is behind the memory");
        if (head.applied()) {
            return head;
        }
        demand(guest, head.log().isIn(files.log), "the memory that changed last");
        return files.apply(head);
    }

    private static void demand(Path guest, boolean whole, String what) {
        if (!whole) {
            throw new Damaged(
                    "epoch-damaged",
                    "of the epochs in '" + guest + "', " + what + " is damaged",
                    "Use a checkpoint of the guest instead, and protect it anew.");
        }
    }

    /** Returns which epoch it is. */
    public Epoch epoch() {
        return head.epoch();
    }

    /** Returns the domain XML that the guest had when its stream began. */
    public String definition() {
        return definition;
    }

    /** Returns how long the image is. */
    public long bytes() {
        return bytes;
    }

    /** Returns the image from its first byte. Each reads on its own. Needs 9 MiB. */
    public InputStream stream() {
        return new Image(new PageSpace.Reader(files.types, head.pfnEnd()));
    }

    private long pagesBytes() throws IOException {
        PageSpace.Reader reader = new PageSpace.Reader(files.types, head.pfnEnd());
        long entries = 0;
        long pages = 0;
        for (long entry = reader.next(); entry != PageSpace.NO_ENTRY; entry = reader.next()) {
            entries++;
            pages += PageEntry.hasData(entry) ? 1 : 0;
        }
        return PageBatches.bytes(entries, pages);
    }

    @Override
    public void close() throws IOException {
        files.close();
        lock.close();
    }

    /** What is before the pages, the pages record by record, what is behind them. */
    private final class Image extends InputStream {

        private final PageSpace.Reader pages;
        private final Piece record = new Piece();
        private final PageBatches batches;
        private @Nullable InputStream current = head.before().input(files.before);
        private boolean pagesRead;

        Image(PageSpace.Reader pages) {
            this.pages = pages;
            this.batches = new PageBatches(files.pages, 0, new StreamWriter(record));
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            while (current != null) {
                int count = current.read(target, offset, length);
                if (count >= 0) {
                    return count;
                }
                advance();
            }
            return -1;
        }

        private void advance() throws IOException {
            if (pagesRead) {
                current = null;
                return;
            }
            record.reset();
            while (record.size() == 0 && !pagesRead) {
                long entry = pages.next();
                if (entry == PageSpace.NO_ENTRY) {
                    batches.flush();
                    pagesRead = true;
                } else {
                    batches.add(entry, PageSpace.place(entry));
                }
            }
            FileChannel behind = files.behind(head.epoch().number());
            current = pagesRead
                    ? new SequenceInputStream(record.input(), head.behind().input(behind))
                    : record.input();
        }
    }

    /** The bytes of a record, without a copy of them. */
    private static final class Piece extends ByteArrayOutputStream {

        InputStream input() {
            return new ByteArrayInputStream(buf, 0, count);
        }
    }
}
