package org.vfrt.core.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.placement.Rule;
import org.vfrt.core.placement.StandingRule;
import org.vfrt.core.pool.GuestPattern;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads what a configuration file has under {@code placement}. For one read. */
final class PlacementNodes {

    private static final String IN = " of 'placement'";
    private static final String IN_DOMAINS = " of 'failure_domains'";
    private static final List<String> KEYS =
            List.of("reserve", "vcpus_per_cpu", "vcpus_per_cpu_max", "failure_domains", "rules");
    private static final List<String> KINDS = List.of("together", "apart", "domains_apart", "on", "not_on");
    private static final List<String> RULE_KEYS =
            List.of("name", "together", "apart", "domains_apart", "guests", "on", "not_on", "soft");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,4}(\\.\\d{1,3})?");

    private final ConfigurationFile file;
    private final boolean hostsKnown;
    private final List<PlacementSource.Named> hosts = new ArrayList<>();

    /**
     * @param file what the nodes are from, which gathers the mistakes
     * @param hostsKnown whether all hosts of the file could be read, so that one that is not among them is a mistake
     */
    PlacementNodes(ConfigurationFile file, boolean hostsKnown) {
        this.file = file;
        this.hostsKnown = hostsKnown;
    }

    /** Returns the settings, as far as they are right. */
    PlacementSource read(Node node) {
        if (ConfigurationFile.empty(node)) {
            return PlacementSource.DEFAULT;
        }
        Map<String, NodeTuple> keys = file.keys(node, KEYS, " in 'placement'");
        Optional<Long> reserve =
                ConfigurationFile.value(keys, "reserve").flatMap(value -> file.size(value, "'reserve'" + IN));
        double perCpu = number(keys, "vcpus_per_cpu").orElse(PlacementSettings.DEFAULT.vcpusPerCpu());
        double max = number(keys, "vcpus_per_cpu_max").orElse(2 * perCpu);
        if (max < perCpu) {
            file.mistake(
                    ConfigurationFile.value(keys, "vcpus_per_cpu_max")
                            .orElse(node)
                            .getStartMark(),
                    "bad-number",
                    "'vcpus_per_cpu_max'" + IN + " is less than 'vcpus_per_cpu'",
                    "Write a number that is at least as large, or leave it out for twice as many.");
        }
        List<PlacementSource.Named> domains = new ArrayList<>();
        Map<String, String> domainOf = ConfigurationFile.value(keys, "failure_domains")
                .map(value -> domains(value, domains))
                .orElse(Map.of());
        List<StandingRule> rules =
                ConfigurationFile.value(keys, "rules").map(this::rules).orElse(List.of());
        return new PlacementSource(
                new PlacementSettings(
                        reserve.map(OptionalLong::of).orElse(OptionalLong.empty()), perCpu, max, domainOf, rules),
                hostsKnown ? List.copyOf(hosts) : List.of(),
                domains);
    }

    private Optional<Double> number(Map<String, NodeTuple> keys, String key) {
        Optional<Node> node = ConfigurationFile.value(keys, key);
        Optional<String> text = node.flatMap(value -> file.text(value, "'" + key + "'" + IN));
        Optional<Double> number = text.filter(word -> NUMBER.matcher(word).matches())
                .map(Double::valueOf)
                .filter(value -> value > 0);
        if (text.isPresent() && number.isEmpty()) {
            file.mistake(
                    node.orElseThrow().getStartMark(),
                    "bad-number",
                    "'" + key + "'" + IN + ": '" + text.get() + "' is not a number above 0",
                    "Write how many virtual CPUs a physical one carries, for example 4 or 2.5.");
        }
        return number;
    }

    private Map<String, String> domains(Node node, List<PlacementSource.Named> domains) {
        Map<String, String> domainOf = new HashMap<>();
        if (ConfigurationFile.empty(node)) {
            return domainOf;
        }
        Map<String, NodeTuple> keys = file.keys(node, List.of(), IN_DOMAINS);
        keys.forEach((domain, tuple) -> {
            if (!Values.isHostName(domain)) {
                file.mistake(
                        tuple.getKeyNode().getStartMark(),
                        "bad-failure-domain",
                        "'" + domain + "' cannot be the name of a failure domain",
                        "Use 1 to 63 of the characters A-Z a-z 0-9 . _ -");
            }
            domains.add(named(tuple.getKeyNode(), domain));
            file.texts(keys, domain, IN_DOMAINS, (one, host) -> {
                hosts.add(named(one, host));
                String other = domainOf.putIfAbsent(host, domain);
                if (other != null) {
                    file.mistake(
                            one.getStartMark(),
                            "host-in-two-domains",
                            "host '" + host + "' is in failure domain '" + other + "' already",
                            "Leave one of them out.");
                }
                return host;
            });
        });
        return domainOf;
    }

    private PlacementSource.Named named(Node node, String name) {
        return new PlacementSource.Named(name, file.at(node.getStartMark()));
    }

    private List<StandingRule> rules(Node node) {
        List<StandingRule> rules = new ArrayList<>();
        if (ConfigurationFile.empty(node)) {
            return rules;
        }
        if (!(node instanceof SequenceNode list)) {
            file.mistake(
                    node.getStartMark(), "wrong-type", "'rules'" + IN + " is not a list", "Begin each rule with '- '.");
            return rules;
        }
        Set<String> names = new HashSet<>();
        for (Node one : list.getValue()) {
            rule(one).ifPresent(rule -> {
                if (!names.add(rule.name())) {
                    file.mistake(
                            one.getStartMark(),
                            "duplicate-rule",
                            "another rule is called '" + rule.name() + "'",
                            "Give it a 'name' of its own, or leave one of them out.");
                }
                rules.add(rule);
            });
        }
        return rules;
    }

    private Optional<StandingRule> rule(Node node) {
        int before = file.mistakes();
        Map<String, NodeTuple> keys = file.keys(node, RULE_KEYS, " in a rule");
        List<String> kinds = KINDS.stream().filter(keys::containsKey).toList();
        if (node instanceof MappingNode && kinds.size() != 1) {
            file.mistake(
                    node.getStartMark(),
                    "bad-rule",
                    kinds.isEmpty()
                            ? "a rule says nothing"
                            : "a rule has "
                                    + String.join(
                                            " and ",
                                            kinds.stream()
                                                    .map(PlacementNodes::quoted)
                                                    .toList()),
                    "Give each rule one of together, apart, domains_apart, on and not_on.");
        }
        Optional<Boolean> soft =
                ConfigurationFile.value(keys, "soft").flatMap(value -> file.truth(value, "'soft' of a rule"));
        Optional<String> name =
                ConfigurationFile.value(keys, "name").flatMap(value -> file.text(value, "'name' of a rule"));
        List<GuestPattern> guests = file.texts(keys, "guests", " of a rule", GuestPattern::new);
        Optional<StandingRule> rule =
                kinds.size() == 1 ? Optional.of(rule(node, keys, kinds.get(0), name, soft, guests)) : Optional.empty();
        return file.mistakes() > before ? Optional.empty() : rule;
    }

    private StandingRule rule(
            Node node,
            Map<String, NodeTuple> keys,
            String kind,
            Optional<String> name,
            Optional<Boolean> soft,
            List<GuestPattern> guests) {
        boolean aboutHosts = kind.equals("on") || kind.equals("not_on");
        if (aboutHosts != keys.containsKey("guests")) {
            file.mistake(
                    node.getStartMark(),
                    "bad-rule",
                    aboutHosts
                            ? "a rule with '" + kind + "' names no guests"
                            : "a rule with '" + kind + "' has 'guests' too",
                    aboutHosts
                            ? "Add for example 'guests: [\"web*\", db1]'."
                            : "Write the guests behind '" + kind + "'.");
        }
        if (!aboutHosts) {
            return rule(name, kind, soft, file.texts(keys, kind, " of a rule", GuestPattern::new), List.of());
        }
        List<String> onHosts = file.texts(keys, kind, " of a rule", (one, host) -> {
            hosts.add(named(one, host));
            return host;
        });
        return rule(name, kind, soft, guests, onHosts);
    }

    private static StandingRule rule(
            Optional<String> name,
            String kind,
            Optional<Boolean> soft,
            List<GuestPattern> guests,
            List<String> onHosts) {
        String words = kind.replace('_', ' ');
        return new StandingRule(
                name.orElse(
                        onHosts.isEmpty()
                                ? words + " " + list(guests)
                                : list(guests) + " " + words + " " + list(onHosts)),
                Rule.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
                !soft.orElse(false),
                guests,
                onHosts);
    }

    private static String list(List<?> words) {
        return words.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static String quoted(String word) {
        return "'" + word + "'";
    }
}
