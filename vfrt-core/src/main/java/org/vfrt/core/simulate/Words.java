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

    /** {@code H} stands for a host, {@code G} for a guest, {@code M} for a machine, {@code D} for a fence device, {@code E} for an end of a cable, {@code T} for a time, {@code N} for a number, {@code W} for any word, {@code ...} for any number of them. */
    private static final List<String> SENTENCES = List.of(
            "wait T",
            "run T",
            "power H on|off",
            "cut E E",
            "mend E E",
            "mend all",
            "device D good|dead|lying|stuck|locked",
            "device D takes T",
            "clock M ahead|behind T",
            "disk H full|free",
            "host H broken|whole|hooked|unhooked",
            "overtaken H G",
            "leave G H",
            "register lost",
            "room H N",
            "guest G ill|well",
            "alert H W",
            "alert H W despite-many",
            "alert H W from M",
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
            "kill M",
            "daemon M",
            "at W N before|during|after : ...");

    private final Scenario.Step step;
    private final Names names;
    private final List<Reason> mistakes;

    Words(Scenario.Step step, Names names, List<Reason> mistakes) {
        this.step = step;
        this.names = names;
        this.mistakes = mistakes;
    }

    /** What there is in the pool. */
    record Names(Set<String> hosts, Set<String> guests, Set<String> machines, Set<String> devices) {

        boolean isEnd(String word) {
            return hosts.contains(word)
                    || machines.contains(word)
                    || devices.contains(word)
                    || word.equals(SimulatedPool.REGISTER)
                    || word.equals(SimulatedPool.STORAGE);
        }
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
            case "H" -> names.hosts().contains(word);
            case "G" -> names.guests().contains(word);
            case "M" -> names.machines().contains(word);
            case "D" -> names.devices().contains(word);
            case "E" -> names.isEnd(word);
            case "N" -> word.matches("\\d{1,6}");
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
