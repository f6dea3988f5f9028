package org.vfrt.core.epoch;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.image.LibxcHeader;
import org.vfrt.core.image.LibxlHeader;
import org.vfrt.core.image.RecordHead;
import org.vfrt.core.image.StreamVisitor;
import org.vfrt.core.image.StreamWriter;

/**
 * Writes down a checkpointed stream, so that its last complete epoch can be read whatever happens to this process, or to the machine.
 *
 * <p>The first epoch's pages go straight to where they belong: until it is complete, nothing of the stream counts. Those of a later one go to a log; when all of the epoch
 * is there, the log is made durable, then a head that says so, and only then are the pages overwritten with it. Memory: less than a MiB. For one thread.
 */
final class EpochWriter implements StreamVisitor, Closeable {

    private final Path guest;
    private final Path directory;
    private final ReceiveEpochs.Origin origin;
    private final Clock clock;
    private final Consumer<Epoch> heard;
    private final EpochFiles files;
    private final SideFile before;
    private final SideFile log;
    private final SideFile.Content definition;
    private final PageSpace space;
    private final StreamWriter beforeWriter;
    private final StreamWriter logWriter;

    private SideFile behind;
    private StreamWriter behindWriter;
    private StreamVisitor records;
    private SideFile.Content beforeContent = SideFile.Content.NONE;
    private long number = 1;
    private long beganAt;
    private long pages;
    private @Nullable Instant instant;
    private Optional<EpochHead> last = Optional.empty();

    EpochWriter(Path guest, ReceiveEpochs.Origin origin, Clock clock, Consumer<Epoch> heard) throws IOException {
        this.guest = guest;
        this.origin = origin;
        this.clock = clock;
        this.heard = heard;
        this.directory = EpochStreams.next(guest);
        this.files = new EpochFiles(directory);
        this.before = new SideFile(files.before);
        this.log = new SideFile(files.log);
        this.definition = written(files.definition, origin.definition());
        this.space = new PageSpace(files.pages, files.types, 0);
        this.beforeWriter = new StreamWriter(before);
        this.logWriter = new StreamWriter(log);
        this.behind = new SideFile(files.behind(number));
        this.behindWriter = new StreamWriter(behind);
        this.records = beforeWriter;
        DurableFiles.sync(directory);
    }

    private static SideFile.Content written(FileChannel file, String text) throws IOException {
        SideFile content = new SideFile(file);
        content.write(text.getBytes(StandardCharsets.UTF_8));
        return content.finish();
    }

    /** Returns the last complete epoch of this stream. */
    Optional<Epoch> last() {
        return last.map(EpochHead::epoch);
    }

    /** The guest stood still at this moment, or before: pages that it changed until then begin to arrive. */
    void roundBegan() {
        instant = clock.instant();
    }

    @Override
    public void libxlHeader(LibxlHeader header) throws IOException {
        beforeWriter.libxlHeader(header);
    }

    @Override
    public void libxcHeader(LibxcHeader header) throws IOException {
        beforeWriter.libxcHeader(header);
    }

    @Override
    public void record(RecordHead head) throws IOException {
        if (instant == null) {
            instant = clock.instant();
        }
        if (head.isCheckpointEnd()) {
            records.record(head.asEnd());
            complete(head.endOffset());
        } else {
            records.record(head.isCheckpoint() ? head.asEnd() : head);
        }
    }

    @Override
    public void body(byte[] buffer, int offset, int length) throws IOException {
        records.body(buffer, offset, length);
    }

    @Override
    public void batch(long byteOffset, long[] entries, int count) throws IOException {
        records = behindWriter;
        pages += count;
        target().batch(byteOffset, entries, count);
    }

    @Override
    public void page(long entry, byte[] buffer, int offset) throws IOException {
        target().page(entry, buffer, offset);
    }

    private StreamVisitor target() {
        return number == 1 ? space : logWriter;
    }

    private void complete(long endOffset) throws IOException {
        behindWriter.end(0);
        SideFile.Content behindContent = behind.finish();
        Instant now = clock.instant();
        Epoch epoch = new Epoch(number, instant == null ? now : instant, now, pages, endOffset - beganAt);
        last = Optional.of(number == 1 ? first(epoch, behindContent) : later(epoch, behindContent));
        next(endOffset);
        heard.accept(epoch);
    }

    private EpochHead first(Epoch epoch, SideFile.Content behindContent) throws IOException {
        beforeWriter.end(0);
        beforeContent = before.finish();
        space.force();
        EpochHead head = head(epoch, true, space.pfnEnd(), SideFile.Content.NONE, behindContent);
        head.write(files.head);
        EpochStreams.removeAllBut(guest, Optional.of(directory));
        return head;
    }

    private EpochHead later(Epoch epoch, SideFile.Content behindContent) throws IOException {
        logWriter.end(0);
        long pfnEnd = last.map(EpochHead::pfnEnd).orElseThrow();
        EpochHead logged = head(epoch, false, pfnEnd, log.finish(), behindContent);
        logged.write(files.head);
        return files.apply(logged);
    }

    private EpochHead head(
            Epoch epoch, boolean applied, long pfnEnd, SideFile.Content logContent, SideFile.Content behindContent) {
        return new EpochHead(
                epoch, origin.interval(), applied, pfnEnd, beforeContent, logContent, behindContent, definition);
    }

    private void next(long offset) throws IOException {
        number++;
        beganAt = offset;
        pages = 0;
        instant = null;
        log.restart();
        behind = new SideFile(files.behind(number));
        behind.restart();
        behindWriter = new StreamWriter(behind);
        records = behindWriter;
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
