package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
