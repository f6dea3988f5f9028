package org.vfrt.core.epoch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * What decides which epoch counts. It is written into one of two places by turns, each with a checksum, so that whatever a crash makes of
 * the one that is being written, the other is there. The one for the later step counts.
 *
 * @param epoch the last complete one
 * @param interval between two epochs, as asked for
 * @param applied whether its pages are where pages belong; if not, they are in the log, and are applied again from there
 * @param pfnEnd the first page frame that no page of the guest has
 * @param before the records before all pages
 * @param log the pages of the epoch; nothing once they were applied
 * @param behind the records behind all pages
 * @param definition the guest's definition
 */
record EpochHead(
        Epoch epoch,
        Duration interval,
        boolean applied,
        long pfnEnd,
        SideFile.Content before,
        SideFile.Content log,
        SideFile.Content behind,
        SideFile.Content definition) {

    private static final long MAGIC = 0x31484350_45545256L;
    private static final int BYTES = 18 * Long.BYTES;
    /** In sectors of their own, whatever their size: one that is torn must not tear the other. */
    private static final int PLACE_BYTES = 4096;

    /** Returns the later one of those that are whole. */
    static Optional<EpochHead> read(FileChannel file) throws IOException {
        Optional<EpochHead> logged = read(file, 0);
        Optional<EpochHead> applied = read(file, PLACE_BYTES);
        return Stream.of(logged, applied)
                .flatMap(Optional::stream)
                .max((one, other) -> Long.compare(one.step(), other.step()));
    }

    private long step() {
        return 2 * epoch.number() + (applied ? 1 : 0);
    }

    /** Writes it in the place of the one of two steps before, durably. */
    void write(FileChannel file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(MAGIC)
                .putLong(epoch.number())
                .putLong(epoch.instant().toEpochMilli())
                .putLong(epoch.complete().toEpochMilli())
                .putLong(epoch.pages())
                .putLong(epoch.bytes())
                .putLong(interval.toMillis())
                .putLong(applied ? 1 : 0)
                .putLong(pfnEnd);
        Stream.of(before, log, behind, definition)
                .forEach(content -> bytes.putLong(content.bytes()).putLong(content.crc()));
        bytes.putLong(crc(bytes)).flip();
        long place = applied ? PLACE_BYTES : 0;
        while (bytes.hasRemaining()) {
            place += file.write(bytes, place);
        }
        file.force(true);
    }

    private static Optional<EpochHead> read(FileChannel file, long place) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, place + bytes.position()) < 0) {
                return Optional.empty();
            }
        }
        bytes.position(BYTES - Long.BYTES);
        if (bytes.getLong(0) != MAGIC || crc(bytes) != bytes.getLong(BYTES - Long.BYTES)) {
            return Optional.empty();
        }
        bytes.position(Long.BYTES);
        long number = bytes.getLong();
        Instant instant = Instant.ofEpochMilli(bytes.getLong());
        Instant complete = Instant.ofEpochMilli(bytes.getLong());
        Epoch epoch = new Epoch(number, instant, complete, bytes.getLong(), bytes.getLong());
        Duration interval = Duration.ofMillis(bytes.getLong());
        boolean applied = bytes.getLong() == 1;
        long pfnEnd = bytes.getLong();
        return Optional.of(new EpochHead(
                epoch, interval, applied, pfnEnd, content(bytes), content(bytes), content(bytes), content(bytes)));
    }

    private static SideFile.Content content(ByteBuffer bytes) {
        return new SideFile.Content(bytes.getLong(), bytes.getLong());
    }

    /** Of everything before the position. */
    private static long crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().flip());
        return crc.getValue();
    }
}
