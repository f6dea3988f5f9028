package org.vfrt.core.pool;

import java.util.Arrays;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names guests: the name or UUID of one, or a pattern for names in which {@code *} stands for any text and {@code ?} for any
 * character.
 */
public record GuestPattern(String text) {

    /** Returns whether it can mean one guest only. */
    public boolean literal() {
        return text.indexOf('*') < 0 && text.indexOf('?') < 0;
    }

    /** Returns whether it means the guest of this name and UUID. */
    public boolean matches(String name, UUID uuid) {
        return text.equals(name)
                || text.equals(uuid.toString())
                || (!literal() && regularExpression().matcher(name).matches());
    }

    private Pattern regularExpression() {
        return Pattern.compile(
                Arrays.stream(text.split("(?<=[*?])|(?=[*?])", -1))
                        .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                        .collect(Collectors.joining()),
                Pattern.DOTALL);
    }

    @Override
    public String toString() {
        return text;
    }
}
