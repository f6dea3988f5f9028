package org.vfrt.core.checkpoint;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.BadInput;

/**
 * The name of a checkpoint: the UTC second it was begun at, and eight hexadecimal digits. Names sort by time, and are safe as
 * file names.
 */
public record CheckpointId(String text) implements Comparable<CheckpointId> {

    /** A digit, a hexadecimal digit, or the character itself. By hand: a store of many checkpoints asks this more than anything else. */
    private static final String FORM = "ddddddddTddddddZ-hhhhhhhh";

    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    public CheckpointId {
        if (!matches(text)) {
            throw new BadInput(
                    "bad-checkpoint-id",
                    "'" + text + "' is not a checkpoint id",
                    "Ids look like '20261122T101500Z-1f2e3d4c'; list them with 'vfrt checkpoint list'.");
        }
    }

    /** Returns whether a text has the form of an id. */
    public static boolean matches(String text) {
        if (text.length() != FORM.length()) {
            return false;
        }
        for (int i = 0; i < FORM.length(); i++) {
            char is = text.charAt(i);
            boolean right = switch (FORM.charAt(i)) {
                case 'd' -> is >= '0' && is <= '9';
                case 'h' -> (is >= '0' && is <= '9') || (is >= 'a' && is <= 'f');
                default -> is == FORM.charAt(i);
            };
            if (!right) {
                return false;
            }
        }
        return true;
    }

    /** Names a checkpoint that begins now; two never get the same name. */
    public static CheckpointId at(Instant now) {
        return new CheckpointId(
                SECOND.format(now) + "-" + UUID.randomUUID().toString().substring(0, 8));
    }

    /** Returns the second it was begun at; empty when the digits are no moment, in an id that was made up. */
    public Optional<Instant> begun() {
        try {
            return Optional.of(SECOND.parse(text.substring(0, text.indexOf('-')), Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Written out, as {@link #hashCode}: what a record has by itself is worked out anew at each start, which takes longer than a list. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CheckpointId id && text.equals(id.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public int compareTo(CheckpointId other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
