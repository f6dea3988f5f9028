package org.vfrt.core.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.key.KeyOrigin;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads what a host has under {@code fence}: levels of devices. For one read. */
final class FenceNodes {

    private static final List<String> KEYS =
            List.of("name", "agent", "ip", "username", "password_file", "password_command", "options");
    private static final Pattern AGENT = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}|/[^\\s]+");
    private static final Pattern OPTION = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

    /** What vfrt says itself, what would be a secret in a file that others read, and what would have agents write secrets into logs. */
    private static final Map<String, String> NOT_AN_OPTION = Map.ofEntries(
            Map.entry("action", "vfrt says itself what is to be done."),
            Map.entry("ip", "Write it beside 'agent'."),
            Map.entry("ipaddr", "Write 'ip' beside 'agent'."),
            Map.entry("username", "Write it beside 'agent'."),
            Map.entry("login", "Write 'username' beside 'agent'."),
            Map.entry(
                    "password", "Put it into a file of mode 0600, and name that with 'password_file' beside 'agent'."),
            Map.entry("passwd", "Put it into a file of mode 0600, and name that with 'password_file' beside 'agent'."),
            Map.entry("password_script", "Name the program with 'password_command' beside 'agent'."),
            Map.entry("passwd_script", "Name the program with 'password_command' beside 'agent'."),
            Map.entry("hexadecimal_kg", "It is a secret, and vfrt has no private place for it."),
            Map.entry("verbose", "Agents write passwords into what they say then."),
            Map.entry("verbose_level", "Agents write passwords into what they say then."),
            Map.entry("debug", "Agents write passwords into that file."),
            Map.entry("debug_file", "Agents write passwords into that file."));

    private final ConfigurationFile file;
    private final String host;
    private final Set<String> names = new HashSet<>();

    /** @param file what the nodes are from, which gathers the mistakes */
    FenceNodes(ConfigurationFile file, String host) {
        this.file = file;
        this.host = host;
    }

    /** Returns the levels, as far as they are right. */
    List<List<FenceSettings>> read(Node node) {
        List<List<FenceSettings>> levels = new ArrayList<>();
        if (ConfigurationFile.empty(node)) {
            return levels;
        }
        if (!(node instanceof SequenceNode list)) {
            file.mistake(
                    node.getStartMark(),
                    "wrong-type",
                    "'fence' of host '" + host + "' is not a list of levels",
                    "Begin each device with '- agent:'; devices that have to be off together are a list in the list.");
            return levels;
        }
        for (Node level : list.getValue()) {
            List<Node> devices = level instanceof SequenceNode together ? together.getValue() : List.of(level);
            if (devices.isEmpty()) {
                file.mistake(
                        level.getStartMark(),
                        "empty-value",
                        "a level of 'fence' of host '" + host + "' has no device",
                        "Leave it out.");
            }
            List<FenceSettings> read = new ArrayList<>();
            devices.forEach(device -> device(device).ifPresent(read::add));
            levels.add(List.copyOf(read));
        }
        return levels;
    }

    private Optional<FenceSettings> device(Node node) {
        String where = " in 'fence' of host '" + host + "'";
        Map<String, NodeTuple> keys = file.keys(node, KEYS, where);
        Optional<String> agent = agent(node, keys, where);
        Optional<String> address = file.address("'ip'" + where, keys, "ip");
        Optional<String> user = line(keys, "username", where);
        Optional<KeyOrigin> password = file.keyOrigin(keys, "password", "there is one password");
        Map<String, String> options = ConfigurationFile.value(keys, "options")
                .map(value -> options(value, where))
                .orElse(Map.of());
        String name =
                line(keys, "name", where).or(() -> agent.map(FenceNodes::word)).orElse("");
        if (!names.add(name) && !name.isEmpty()) {
            file.mistake(
                    node.getStartMark(),
                    "same-device-twice",
                    "two devices" + where + " are called '" + name + "'",
                    "Give each a 'name' of its own.");
        }
        return agent.map(program -> new FenceSettings(name, program, address, user, password, options));
    }

    private Optional<String> agent(Node node, Map<String, NodeTuple> keys, String where) {
        Optional<Node> value = ConfigurationFile.value(keys, "agent");
        if (value.isEmpty()) {
            file.mistake(
                    node.getStartMark(),
                    "no-fence-agent",
                    "a device" + where + " has no 'agent'",
                    "Name one of the programs of fence-agents, for example 'agent: ipmilan'.");
            return Optional.empty();
        }
        return value.flatMap(one -> file.text(one, "'agent'" + where))
                .map(text -> text.startsWith("fence_") ? text.substring("fence_".length()) : text)
                .filter(text -> {
                    boolean right = AGENT.matcher(text).matches();
                    if (!right) {
                        file.mistake(
                                value.get().getStartMark(),
                                "bad-fence-agent",
                                "'agent'" + where + ": '" + text + "' cannot be the name of a fence agent",
                                "Name one of the programs of fence-agents, for example 'ipmilan', or the absolute path of your own.");
                    }
                    return right;
                });
    }

    /** The name of the program alone, where it is a path. */
    private static String word(String agent) {
        return agent.substring(agent.lastIndexOf('/') + 1);
    }

    /** One line of text: each becomes one line of what an agent reads. */
    private Optional<String> line(Map<String, NodeTuple> keys, String key, String where) {
        return ConfigurationFile.value(keys, key)
                .flatMap(value ->
                        file.text(value, "'" + key + "'" + where).filter(text -> oneLine(value, key, where, text)));
    }

    private boolean oneLine(Node node, String key, String where, String text) {
        boolean one = text.chars().noneMatch(Character::isISOControl);
        if (!one) {
            file.mistake(
                    node.getStartMark(),
                    "bad-text",
                    "'" + key + "'" + where + " is not one line",
                    "Write it in one line.");
        }
        return one;
    }

    private Map<String, String> options(Node node, String where) {
        Map<String, String> options = new TreeMap<>();
        if (ConfigurationFile.empty(node)) {
            return options;
        }
        file.keys(node, List.of(), " in 'options'" + where).forEach((key, tuple) -> {
            String hint = NOT_AN_OPTION.get(key);
            if (hint != null || !OPTION.matcher(key).matches()) {
                file.mistake(
                        tuple.getKeyNode().getStartMark(),
                        "bad-fence-option",
                        "'" + key + "' cannot be among the 'options'" + where,
                        hint != null ? hint : "See the agent's own, with 'fence_… -o metadata'.");
                return;
            }
            Node value = tuple.getValueNode();
            file.text(value, "'" + key + "' in 'options'" + where)
                    .filter(text -> oneLine(value, key, where, text))
                    .ifPresent(text -> options.put(key, text));
        });
        return options;
    }
}
