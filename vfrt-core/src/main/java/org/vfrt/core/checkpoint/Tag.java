package org.vfrt.core.checkpoint;

import java.util.regex.Pattern;
import org.vfrt.core.failure.BadInput;

/**
 * A word that somebody gave a checkpoint, for example {@code before-upgrade}. Short and plain, so that it can stand in a file, a
 * table and a shell command as it is.
 */
public record Tag(String text) implements Comparable<Tag> {

    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public Tag {
        if (!FORM.matcher(text).matches()) {
            throw new BadInput(
                    "bad-tag",
                    "'" + text + "' cannot be a tag",
                    "Use 1 to 63 of the characters a-z 0-9 . _ - and begin with a letter or a digit.");
        }
    }

    @Override
    public int compareTo(Tag other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
