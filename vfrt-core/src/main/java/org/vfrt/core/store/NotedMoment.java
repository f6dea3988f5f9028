package org.vfrt.core.store;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A moment as a note holds it: ISO-8601, a space, and a CRC-32C of the note's name, a space and the moment. With a bit flipped it would
 * be another moment, and under another name it would be of another checkpoint.
 */
final class NotedMoment {

    /** The longest moment there is, its checksum and its line end, and room to spare. */
    static final int BYTES_MAX = 64;

    private NotedMoment() {}

    static byte[] bytes(String note, Instant when) {
        CRC32C crc = new CRC32C();
        crc.update((note + " " + when).getBytes(StandardCharsets.US_ASCII));
        String line = when + " " + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the moment; empty when it is not what was noted. */
    static Optional<Instant> read(String note, byte[] content) {
        String line = new String(content, StandardCharsets.US_ASCII);
        int end = Math.max(0, line.indexOf(' '));
        try {
            return Optional.of(Instant.parse(line.substring(0, end)))
                    // Some moments can be written in several ways, and only one of them was.
                    .filter(when -> Arrays.equals(content, bytes(note, when)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
