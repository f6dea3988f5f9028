package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.vfrt.core.config.Durations;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;

/** The sentences that steps are made of, checked before anything is played. */
final class Words {

    /** {@code H} stands for a host, {@code G} for a guest, {@code T} for a time, {@code W} for any word, {@code ...} for any number of them. */
    private static final List<String> SENTENCES = List.of(
            "wait T",
            "run T",
            "power H on|off",
            "cut W W",
            "mend W W",
            "mend all",
            "device W good|dead|lying|stuck|locked",
            "device W takes T",
            "clock W ahead|behind T",
            "disk H full|free",
            "host H broken|whole",
            "room H W",
            "guest G ill|well",
            "alert H W",
            "alert H W despite-many",
            "alert H W from W",
            "planned G",
            "planned G H",
            "failback G",
            "migrate G H",
            "rejoin H",
            "ask H",
            "confirm H by W",
            "disarm by W ...",
            "arm by W",
            "protect G H",
            "unprotect G",
            "start G H",
            "stop G",
            "status",
            "kill W",
            "daemon W",
            "at W W before|during|after : ...");

    private final Scenario.Step step;
    private final Set<String> hosts;
    private final Set<String> guests;
    private final List<Reason> mistakes;

    Words(Scenario.Step step, Set<String> hosts, Set<String> guests, List<Reason> mistakes) {
        this.step = step;
        this.hosts = hosts;
        this.guests = guests;
        this.mistakes = mistakes;
    }

    /** What happens in the middle of a call, after the colon; {@code die} and {@code lose} are about whoever calls. */
    static List<String> nested(List<String> words) {
        return words.subList(words.indexOf(":") + 1, words.size());
    }

    void check() {
        check(step.words());
    }

    private void check(List<String> words) {
        if (SENTENCES.stream().noneMatch(sentence -> matches(List.of(sentence.split(" ", -1)), words))) {
            mistakes.add(new Reason(
                    "bad-step",
                    step.place() + " '" + step.text() + "' is not understood",
                    "Steps are: " + String.join("; ", SENTENCES) + "."));
        } else if (words.get(0).equals("at")) {
            List<String> nested = nested(words);
            if (!nested.equals(List.of("die")) && !nested.equals(List.of("lose"))) {
                check(nested);
            }
        }
    }

    private boolean matches(List<String> sentence, List<String> words) {
        boolean open = sentence.get(sentence.size() - 1).equals("...");
        int fixed = open ? sentence.size() - 1 : sentence.size();
        if (open ? words.size() < fixed : words.size() != fixed) {
            return false;
        }
        for (int i = 0; i < fixed; i++) {
            if (!matches(sentence.get(i), words.get(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean matches(String form, String word) {
        return switch (form) {
            case "H" -> hosts.contains(word);
            case "G" -> guests.contains(word);
            case "T" -> isTime(word);
            case "W" -> !word.isEmpty();
            default -> Pattern.matches(form.toLowerCase(Locale.ROOT), word);
        };
    }

    private static boolean isTime(String word) {
        try {
            return !time(word).isNegative();
        } catch (BadInput e) {
            return false;
        }
    }

    static Duration time(String word) {
        return Durations.parse(word);
    }
}
