package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.config.Durations;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;

/** A map as YAML gave it, from which values are taken with their names in the mistakes. For one thread. */
final class Tree {

    private static final String CODE = "bad-scenario";

    private final String where;
    private final Map<String, Object> values;
    private final List<Reason> mistakes;

    private Tree(String where, Map<String, Object> values, List<Reason> mistakes) {
        this.where = where;
        this.values = values;
        this.mistakes = mistakes;
    }

    /** @param known the keys that there may be */
    static Tree of(String where, @Nullable Object value, Set<String> known, List<Reason> mistakes) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, one) -> {
                if (!known.isEmpty() && !known.contains(String.valueOf(key))) {
                    mistakes.add(new Reason(
                            CODE,
                            where + ": '" + key + "' is not known",
                            "Known are: "
                                    + String.join(", ", known.stream().sorted().toList()) + "."));
                } else {
                    values.put(String.valueOf(key), one);
                }
            });
        } else if (value != null) {
            mistakes.add(new Reason(CODE, where + " is not a map", ""));
        }
        return new Tree(where, values, mistakes);
    }

    void mistake(String what) {
        mistakes.add(new Reason(CODE, where + ": " + what, ""));
    }

    Set<String> keys() {
        return values.keySet();
    }

    @Nullable
    Object value(String key) {
        return values.get(key);
    }

    Tree tree(String key, Set<String> known) {
        return of(where + "." + key, values.get(key), known, mistakes);
    }

    Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key)).map(String::valueOf);
    }

    boolean truth(String key, boolean otherwise) {
        return parsed(key, text -> switch (text) {
                    case "true", "yes" -> true;
                    case "false", "no" -> false;
                    default -> throw new IllegalArgumentException();
                })
                .orElse(otherwise);
    }

    Optional<Integer> number(String key) {
        return parsed(key, Integer::valueOf);
    }

    Duration duration(String key, Duration otherwise) {
        return optionalDuration(key).orElse(otherwise);
    }

    Optional<Duration> optionalDuration(String key) {
        return parsed(key, Durations::parse);
    }

    /** A list, or one word. */
    List<String> words(String key) {
        Object value = values.get(key);
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        return value == null ? List.of() : List.of(String.valueOf(value));
    }

    /** A list of lists, or a list, each member of which stands for a list of its own. */
    List<List<String>> levels(String key) {
        List<List<String>> levels = new ArrayList<>();
        if (values.get(key) instanceof List<?> list) {
            for (Object level : list) {
                levels.add(
                        level instanceof List<?> names
                                ? names.stream().map(String::valueOf).toList()
                                : List.of(String.valueOf(level)));
            }
        } else {
            text(key).ifPresent(name -> levels.add(List.of(name)));
        }
        return levels;
    }

    <T> Optional<T> parsed(String key, Function<String, T> parser) {
        return text(key).flatMap(text -> parse(key, text, parser));
    }

    <T> List<T> parsedWords(String key, Function<String, T> parser) {
        return words(key).stream()
                .flatMap(word -> parse(key, word, parser).stream())
                .toList();
    }

    private <T> Optional<T> parse(String key, String text, Function<String, T> parser) {
        try {
            return Optional.of(parser.apply(text));
        } catch (IllegalArgumentException | BadInput e) {
            mistake("'" + key + "' cannot be '" + text + "'");
            return Optional.empty();
        }
    }
}
