package org.vfrt.core.claim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.text.FactsJson;

/** What an entry of the register says: flat facts, and the format they are in. An unknown format is refused, so that nobody overwrites what a newer vfrt wrote. Immutable. */
public final class EntryFacts {

    private static final String FORMAT = "format";
    private static final String KNOWN = "1";

    private final String key;
    private final Map<String, String> facts;

    private EntryFacts(String key, Map<String, String> facts) {
        this.key = key;
        this.facts = facts;
    }

    /** Facts that are being put together; what is empty is left out. For one thread. */
    public static final class Writing {

        private final Map<String, String> facts = new LinkedHashMap<>();

        private Writing() {
            facts.put(FORMAT, KNOWN);
        }

        /** Adds one. */
        public Writing put(String name, Object value) {
            facts.put(name, value.toString());
            return this;
        }

        /** Adds one if there is one. */
        public Writing put(String name, Optional<?> value) {
            value.ifPresent(there -> facts.put(name, there.toString()));
            return this;
        }

        /** Adds a list of words. */
        public Writing words(String name, List<?> words) {
            if (!words.isEmpty()) {
                facts.put(
                        name,
                        String.join(" ", words.stream().map(Object::toString).toList()));
            }
            return this;
        }

        /** Returns the value for the register. */
        public String text() {
            return new String(FactsJson.write(facts), StandardCharsets.UTF_8);
        }
    }

    /** Begins to put facts together. */
    public static Writing writing() {
        return new Writing();
    }

    /**
     * Reads an entry.
     *
     * @throws Damaged when it holds no facts
     * @throws Refused when their format is not known
     */
    public static EntryFacts of(Register.Entry entry) {
        Map<String, String> facts;
        try {
            facts = FactsJson.read(entry.value().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw damaged(entry.key(), "it does not hold facts: " + e.getMessage(), e);
        }
        if (!KNOWN.equals(facts.get(FORMAT))) {
            throw new Refused(
                    "register-format",
                    "'" + entry.key() + "' in the register has format '" + facts.get(FORMAT)
                            + "', which this vfrt does not know",
                    "Use the vfrt that wrote it, or a newer one.");
        }
        return new EntryFacts(entry.key(), facts);
    }

    /** Returns a fact that is always there. */
    public String text(String name) {
        return optional(name).orElseThrow(() -> damaged(key, "'" + name + "' is missing", null));
    }

    /** Returns a fact that need not be there. */
    public Optional<String> optional(String name) {
        return Optional.ofNullable(facts.get(name));
    }

    /** Returns a list of words; empty when there is none. */
    public List<String> words(String name) {
        return optional(name).map(words -> List.of(words.split(" ", -1))).orElse(List.of());
    }

    public long number(String name) {
        return parsed(name, Long::parseLong);
    }

    public UUID uuid(String name) {
        return parsed(name, UUID::fromString);
    }

    public Instant instant(String name) {
        return parsed(name, Instant::parse);
    }

    public Duration duration(String name) {
        return parsed(name, Duration::parse);
    }

    /** Returns one of several words. */
    public <E extends Enum<E>> E word(String name, Class<E> words) {
        return parsed(name, text -> Enum.valueOf(words, text));
    }

    /** Puts facts together to something that has rules of its own. */
    public <T> T checked(Supplier<T> whole) {
        try {
            return whole.get();
        } catch (IllegalArgumentException e) {
            throw damaged(key, String.valueOf(e.getMessage()), e);
        }
    }

    private <T> T parsed(String name, Function<String, T> parser) {
        String text = text(name);
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw damaged(key, "'" + name + "' is '" + text + "'", e);
        }
    }

    private static Damaged damaged(String key, String what, @Nullable Throwable cause) {
        return new Damaged(
                "register-damaged",
                "'" + key + "' in the register is not what vfrt writes: " + what,
                "Nothing is done for what it stands for, until somebody has looked at it.",
                cause);
    }
}
