package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Rules from the labels of guests ({@link org.vfrt.core.pool.Definition#labels}): {@code together}, {@code apart} and {@code domains_apart} name a
 * group, {@code on} and {@code not_on} name hosts, several with commas. A {@code soft_} before any of them makes it a wish.
 */
final class LabelRules {

    private static final String SOFT = "soft_";

    /** Every label that is a rule. */
    private static final Map<String, Rule.Kind> NAMES = names();

    /** Of shorter words too many others differ by one letter: 'on' and 'os'. */
    private static final int NEAR_MIN = 4;

    private LabelRules() {}

    /** @param labels of each guest, by its name */
    static List<Rule> of(Map<String, Map<String, String>> labels) {
        List<Rule> rules = new ArrayList<>();
        for (Rule.Kind kind : Rule.Kind.values()) {
            for (boolean hard : new boolean[] {true, false}) {
                String label = (hard ? "" : SOFT) + kind.name().toLowerCase(Locale.ROOT);
                switch (kind) {
                    case ON, NOT_ON ->
                        labels.forEach((guest, ofGuest) -> {
                            if (ofGuest.containsKey(label)) {
                                rules.add(new Rule(
                                        label + " of " + guest, kind, hard, Set.of(guest), words(ofGuest.get(label))));
                            }
                        });
                    case TOGETHER, APART, DOMAINS_APART ->
                        groups(labels, label)
                                .forEach((group, guests) ->
                                        rules.add(new Rule(label + "=" + group, kind, hard, guests, Set.of())));
                }
            }
        }
        return rules;
    }

    /**
     * Returns in words what labels are probably not meant as they are written: what looks like the name of a rule and is none, hosts that do not exist,
     * and rules that name nothing. Labels serve other things too, so that anything else is left alone.
     *
     * @param places the host of each guest
     * @param hosts all of the pool
     */
    static List<String> mistakes(
            Map<String, Map<String, String>> labels, Map<String, String> places, Set<String> hosts) {
        List<String> found = new ArrayList<>();
        labels.forEach((guest, ofGuest) -> new TreeMap<>(ofGuest)
                .forEach((label, value) -> mistake(label, value, hosts)
                        .ifPresent(what -> found.add("guest '" + guest + "' on host '" + places.getOrDefault(guest, "?")
                                + "' has the label " + label + "=\"" + value + "\": " + what))));
        return found;
    }

    private static Optional<String> mistake(String label, String value, Set<String> hosts) {
        if (!NAMES.containsKey(label)) {
            return NAMES.keySet().stream()
                    .filter(name -> isNearly(label, name))
                    .findFirst()
                    .map(name -> "that is no rule; '" + name + "' is one");
        }
        Set<String> words = words(value);
        if (words.isEmpty()) {
            return Optional.of("it names nothing");
        }
        Rule.Kind kind = NAMES.get(label);
        if (kind == Rule.Kind.ON || kind == Rule.Kind.NOT_ON) {
            words.removeAll(hosts);
            return words.stream().findFirst().map(word -> "there is no host '" + word + "'");
        }
        return Optional.empty();
    }

    /** Written otherwise, or with one letter too many, too few, or another one. */
    private static boolean isNearly(String label, String name) {
        String one = plain(label);
        String other = plain(name);
        if (one.equals(other)) {
            return true;
        }
        int least = Math.min(one.length(), other.length());
        if (least < NEAR_MIN || Math.abs(one.length() - other.length()) > 1) {
            return false;
        }
        int same = 0;
        while (same < least && one.charAt(same) == other.charAt(same)) {
            same++;
        }
        String restOfOne = one.substring(same);
        String restOfOther = other.substring(same);
        return withoutFirst(restOfOne).equals(restOfOther)
                || restOfOne.equals(withoutFirst(restOfOther))
                || withoutFirst(restOfOne).equals(withoutFirst(restOfOther));
    }

    private static String withoutFirst(String text) {
        return text.isEmpty() ? text : text.substring(1);
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static Map<String, Rule.Kind> names() {
        Map<String, Rule.Kind> names = new TreeMap<>();
        for (Rule.Kind kind : Rule.Kind.values()) {
            names.put(kind.name().toLowerCase(Locale.ROOT), kind);
            names.put(SOFT + kind.name().toLowerCase(Locale.ROOT), kind);
        }
        return names;
    }

    private static Map<String, Set<String>> groups(Map<String, Map<String, String>> labels, String label) {
        Map<String, Set<String>> groups = new TreeMap<>();
        labels.forEach((guest, ofGuest) -> {
            if (ofGuest.containsKey(label)) {
                words(ofGuest.get(label))
                        .forEach(group -> groups.computeIfAbsent(group, unknown -> new TreeSet<>())
                                .add(guest));
            }
        });
        return groups;
    }

    private static Set<String> words(String text) {
        return Arrays.stream(text.split("[,\\s]+", -1))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
