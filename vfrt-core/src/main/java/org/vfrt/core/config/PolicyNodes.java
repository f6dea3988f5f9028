package org.vfrt.core.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.drill.DrillNetwork;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.policy.Policy;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.sign.Sign;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** Reads what a configuration file has under {@code policies}. */
final class PolicyNodes {

    private static final List<String> KEYS = List.of(
            "guests",
            "metadata",
            "interval",
            "method",
            "max_pause",
            "memory_only",
            "disks",
            "disk_hook",
            "keep",
            "tags",
            "drill",
            "recover");
    private static final List<String> DRILL_KEYS = List.of("every", "sign", "within", "network");
    private static final List<String> KEEP_KEYS =
            List.of("last", "within", "hourly", "daily", "weekly", "monthly", "yearly", "tags");
    private static final Pattern LABEL = Pattern.compile("([A-Za-z_][A-Za-z0-9._-]*)=(.+)");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,6}");

    private final ConfigurationFile file;

    /** @param file what the nodes are from, which gathers the mistakes */
    PolicyNodes(ConfigurationFile file) {
        this.file = file;
    }

    /** Returns the policies, as far as they are right. */
    List<Policy> read(Node node) {
        List<Policy> policies = new ArrayList<>();
        if (ConfigurationFile.empty(node)) {
            return policies;
        }
        file.keys(node, List.of(), " of 'policies'").forEach((name, tuple) -> {
            Mark mark = tuple.getKeyNode().getStartMark();
            if (!Values.isHostName(name)) {
                file.mistake(
                        mark,
                        "bad-policy-name",
                        "'" + name + "' cannot be the name of a policy",
                        "Use 1 to 63 of the characters A-Z a-z 0-9 . _ -");
            }
            policy(name, mark, tuple.getValueNode()).ifPresent(policies::add);
        });
        return policies;
    }

    private Optional<Policy> policy(String name, Mark mark, Node node) {
        String of = " of policy '" + name + "'";
        int before = file.mistakes();
        Map<String, NodeTuple> keys = file.keys(node, KEYS, " in policy '" + name + "'");
        List<GuestPattern> guests = file.texts(keys, "guests", of, GuestPattern::new);
        List<Policy.Label> labels = file.texts(keys, "metadata", of, PolicyNodes::label);
        Optional<Duration> interval = ConfigurationFile.value(keys, "interval")
                .flatMap(value -> file.duration(
                        value, "'interval'" + of, "there would be no end of checkpoints", "Write for example 15m."));
        Optional<Method> method = ConfigurationFile.value(keys, "method").flatMap(value -> method(value, of));
        Optional<Duration> maxPause = ConfigurationFile.value(keys, "max_pause")
                .flatMap(value -> file.duration(
                        value,
                        "'max_pause'" + of,
                        "no guest can be checkpointed in no time",
                        "Leave it out for the limit of the whole configuration."));
        DiskWish disks = disks(node, keys, of);
        Optional<Path> diskHook =
                ConfigurationFile.value(keys, "disk_hook").flatMap(value -> file.program(value, "'disk_hook'" + of));
        if (node instanceof MappingNode && (disks == DiskWish.EXTERNAL) != keys.containsKey("disk_hook")) {
            file.mistake(
                    mark,
                    "disk-hook",
                    disks == DiskWish.EXTERNAL
                            ? "policy '" + name + "' has 'disks: external' and no 'disk_hook'"
                            : "policy '" + name + "' has a 'disk_hook', and its disks are not external",
                    "Write both 'disks: external' and 'disk_hook: /path/to/program', or none of them.");
        }
        Optional<KeepRules> keep = ConfigurationFile.value(keys, "keep").flatMap(value -> keep(value, of));
        List<Tag> tags = file.texts(keys, "tags", of, Tag::new);
        Optional<DrillOrder> drill = ConfigurationFile.value(keys, "drill").flatMap(value -> drill(value, of));
        List<RestoreForm> recover = file.texts(keys, "recover", of, PolicyNodes::form).stream()
                .distinct()
                .toList();
        if (node instanceof MappingNode && !keys.containsKey("guests") && !keys.containsKey("metadata")) {
            file.mistake(
                    mark,
                    "no-guests",
                    "policy '" + name + "' names no guests",
                    "Add for example 'guests: [\"web*\", db1]', or 'metadata: tier=gold'.");
        }
        if (node instanceof MappingNode && !keys.containsKey("interval")) {
            file.mistake(
                    mark, "no-interval", "policy '" + name + "' has no 'interval'", "Add for example 'interval: 15m'.");
        }
        return file.mistakes() > before
                ? Optional.empty()
                : interval.map(every -> new Policy(
                        name, guests, labels, every, method, maxPause, disks, diskHook, keep, tags, drill, recover));
    }

    private Optional<DrillOrder> drill(Node node, String of) {
        String inDrill = " in 'drill'" + of;
        int before = file.mistakes();
        Map<String, NodeTuple> keys = file.keys(node, DRILL_KEYS, inDrill);
        Optional<Duration> every = ConfigurationFile.value(keys, "every")
                .flatMap(value -> file.duration(
                        value, "'every'" + inDrill, "there would be no end of drills", "Write for example 7d."));
        Optional<Duration> within = ConfigurationFile.value(keys, "within")
                .flatMap(value -> file.duration(
                        value, "'within'" + inDrill, "nothing is seen in no time", "Write for example 60s."));
        Optional<Sign> sign =
                ConfigurationFile.value(keys, "sign").flatMap(value -> value(value, "'sign'" + inDrill, Sign::parse));
        Optional<DrillNetwork> network = ConfigurationFile.value(keys, "network")
                .flatMap(value -> value(value, "'network'" + inDrill, DrillNetwork::parse));
        if (node instanceof MappingNode && !keys.containsKey("every")) {
            file.mistake(
                    node.getStartMark(),
                    "no-every",
                    "'drill'" + of + " has no 'every'",
                    "Add for example 'every: 7d'.");
        }
        if (file.mistakes() > before || every.isEmpty()) {
            return Optional.empty();
        }
        try {
            Sign seen = sign.orElse(Sign.usual());
            return Optional.of(new DrillOrder(
                    every.get(),
                    seen,
                    within.orElse(DrillOrder.WITHIN),
                    network.orElseGet(() -> DrillOrder.networkFor(seen))));
        } catch (BadInput e) {
            file.mistake(node.getStartMark(), e.code(), "'drill'" + of + ": " + e.getMessage(), e.hint());
            return Optional.empty();
        }
    }

    /** {@code memory_only} is older, and says the same as {@code disks: none}. */
    private DiskWish disks(Node node, Map<String, NodeTuple> keys, String of) {
        boolean memoryOnly = ConfigurationFile.value(keys, "memory_only")
                .flatMap(value -> file.truth(value, "'memory_only'" + of))
                .orElse(false);
        Optional<DiskWish> disks = ConfigurationFile.value(keys, "disks")
                .flatMap(value -> value(value, "'disks'" + of, PolicyNodes::wish));
        if (memoryOnly && disks.filter(wish -> wish != DiskWish.NONE).isPresent()) {
            file.mistake(
                    node.getStartMark(),
                    "disks-and-memory-only",
                    "'memory_only: true' and 'disks: " + disks.get().text() + "'" + of + " contradict each other",
                    "Write one of them.");
        }
        return memoryOnly ? DiskWish.NONE : disks.orElse(DiskWish.REFERENCE);
    }

    private <T> Optional<T> value(Node node, String what, Function<String, T> parse) {
        return file.text(node, what).flatMap(text -> {
            try {
                return Optional.of(parse.apply(text));
            } catch (BadInput e) {
                file.mistake(node.getStartMark(), e.code(), what + ": " + e.getMessage(), e.hint());
                return Optional.empty();
            }
        });
    }

    private static DiskWish wish(String text) {
        return Stream.of(DiskWish.values())
                .filter(wish -> wish.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new BadInput(
                        "bad-disks",
                        "'" + text + "' says nothing about disks",
                        "Write one of "
                                + Stream.of(DiskWish.values())
                                        .map(DiskWish::text)
                                        .collect(Collectors.joining(", "))
                                + "."));
    }

    private static RestoreForm form(String text) {
        return Stream.of(RestoreForm.values())
                .filter(form -> form.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new BadInput(
                        "bad-form",
                        "'" + text + "' is no form in which a guest comes back",
                        "Write one or more of "
                                + Stream.of(RestoreForm.values())
                                        .map(RestoreForm::text)
                                        .collect(Collectors.joining(", "))
                                + "."));
    }

    private static Policy.Label label(String text) {
        var matcher = LABEL.matcher(text);
        if (!matcher.matches()) {
            throw new BadInput(
                    "bad-label", "'" + text + "' is not a key and a value", "Write for example 'tier=gold'.");
        }
        return new Policy.Label(matcher.group(1), matcher.group(2));
    }

    private Optional<Method> method(Node node, String of) {
        Optional<String> text = file.text(node, "'method'" + of);
        if (text.isEmpty() || text.get().equals("auto")) {
            return Optional.empty();
        }
        for (Method method : Method.values()) {
            if (text.get().equals(method.name().toLowerCase(Locale.ROOT))) {
                return Optional.of(method);
            }
        }
        file.mistake(
                node.getStartMark(),
                "bad-method",
                "'method'" + of + ": there is no method '" + text.get() + "'",
                "Write auto, live or save.");
        return Optional.empty();
    }

    private Optional<KeepRules> keep(Node node, String of) {
        String inKeep = " in 'keep'" + of;
        int before = file.mistakes();
        Map<String, NodeTuple> keys = file.keys(node, KEEP_KEYS, inKeep);
        Optional<Duration> within = ConfigurationFile.value(keys, "within")
                .flatMap(value ->
                        file.duration(value, "'within'" + inKeep, "nothing lies within no time", "Leave it out."));
        List<Tag> tags = file.texts(keys, "tags", inKeep, Tag::new);
        int last = count(keys, "last", inKeep);
        int hourly = count(keys, "hourly", inKeep);
        int daily = count(keys, "daily", inKeep);
        int weekly = count(keys, "weekly", inKeep);
        int monthly = count(keys, "monthly", inKeep);
        int yearly = count(keys, "yearly", inKeep);
        if (file.mistakes() > before) {
            return Optional.empty();
        }
        try {
            return Optional.of(new KeepRules(last, within, hourly, daily, weekly, monthly, yearly, tags));
        } catch (BadInput e) {
            file.mistake(node.getStartMark(), e.code(), "'keep'" + of + ": " + e.getMessage(), e.hint());
            return Optional.empty();
        }
    }

    private int count(Map<String, NodeTuple> keys, String key, String where) {
        Optional<Node> node = ConfigurationFile.value(keys, key);
        Optional<String> text = node.flatMap(value -> file.text(value, "'" + key + "'" + where));
        if (text.isEmpty()) {
            return 0;
        }
        if (!NUMBER.matcher(text.get()).matches()) {
            file.mistake(
                    node.get().getStartMark(),
                    "bad-number",
                    "'" + key + "'" + where + ": '" + text.get() + "' is not a number",
                    "Write how many are to stay, for example 7.");
            return 0;
        }
        return Integer.parseInt(text.get());
    }
}
