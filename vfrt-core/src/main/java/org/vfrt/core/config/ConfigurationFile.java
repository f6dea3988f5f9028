package org.vfrt.core.config;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.config.Settings.Sourced;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads one YAML file, node by node, so that every mistake is found in one go and named with its line. Nothing in the file can
 * name a Java type, and what YAML offers beyond maps and texts is refused with a reason. For one read.
 */
final class ConfigurationFile {

    private static final int BYTES_MAX = 1 << 20;
    private static final int DEPTH_MAX = 20;
    private static final String YAML_HINT =
            "See that lines are indented with blanks, not tabs, and that brackets and quotes are closed.";
    private static final String TEXT_HINT = "Write one value there, not a list or a map.";
    private static final List<String> KEYS = List.of(
            "hosts",
            "store",
            "store_key_file",
            "store_key_command",
            "store_reserve",
            "store_s3",
            "state",
            "insecure",
            "max_pause",
            "policies",
            "placement",
            "standby");
    private static final List<String> HOST_KEYS = List.of("uri", "capture_address", "migration_address", "fence");

    private final Path file;
    private final List<Reason> mistakes;
    private final Map<String, List<List<FenceSettings>>> fence = new LinkedHashMap<>();

    /** @param mistakes where what is wrong is added to */
    ConfigurationFile(Path file, List<Reason> mistakes) {
        this.file = file;
        this.mistakes = mistakes;
    }

    /** Returns what the file says, as far as it is right. */
    Settings read() {
        Optional<String> text = text();
        if (text.isEmpty()) {
            return Settings.NONE;
        }
        try {
            if (!plain(text.get())) {
                return Settings.NONE;
            }
            Node root = new Composer(new ParserImpl(new StreamReader(text.get()), options()), new Resolver(), options())
                    .getSingleNode();
            return root == null || empty(root) ? Settings.NONE : settings(root);
        } catch (MarkedYAMLException e) {
            mistake(e.getProblemMark(), "bad-yaml", sentence(e.getProblem()), YAML_HINT);
        } catch (YAMLException e) {
            mistakes.add(new Reason("bad-yaml", file + ": " + sentence(e.getMessage()), YAML_HINT));
        }
        return Settings.NONE;
    }

    private Optional<String> text() {
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_WRITE)) {
                mistakes.add(new Reason(
                        "config-writable-by-all",
                        file + ": every user of this machine can write to it, so it cannot be trusted",
                        "Type 'chmod o-w " + file + "' after a look at what it says."));
                return Optional.empty();
            }
            if (!Files.isRegularFile(file) || Files.size(file) > BYTES_MAX) {
                mistakes.add(new Reason(
                        "bad-config-file",
                        file + ": it is not a file of at most " + BYTES_MAX + " bytes",
                        "Name the configuration file itself with '--config'."));
                return Optional.empty();
            }
            return decoded(Files.readAllBytes(file));
        } catch (AccessDeniedException e) {
            mistakes.add(
                    new Reason("config-denied", file + ": permission denied", "Run vfrt as a user who may read it."));
        } catch (IOException e) {
            mistakes.add(new Reason("bad-config-file", file + ": it cannot be read: " + e.getMessage(), ""));
        }
        return Optional.empty();
    }

    private Optional<String> decoded(byte[] bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes);
        CharBuffer text = CharBuffer.allocate(bytes.length);
        if (StandardCharsets.UTF_8.newDecoder().decode(from, text, true).isError()) {
            int line = 1;
            for (int i = 0; i < from.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            mistakes.add(new Reason(
                    "bad-yaml",
                    file + ":" + line + ": it is not UTF-8",
                    "Save it as UTF-8, or leave that letter out."));
            return Optional.empty();
        }
        return Optional.of(text.flip().toString());
    }

    /** Looks for what is refused on sight. An alias stands for something else, so behind it no mistake could be named. */
    private boolean plain(String text) {
        boolean plain = true;
        int documents = 0;
        ParserImpl events = new ParserImpl(new StreamReader(text), options());
        while (!events.checkEvent(Event.ID.StreamEnd)) {
            Event event = events.getEvent();
            if (event.is(Event.ID.DocumentStart) && ++documents == 2) {
                plain = false;
                mistake(
                        event.getStartMark(),
                        "second-document",
                        "a second document begins here",
                        "Put everything into one; '---' may stand at the top only.");
            }
            if (event instanceof AliasEvent alias) {
                plain = false;
                anchor(event, "alias '*" + alias.getAnchor() + "'");
            } else if (event instanceof NodeEvent node && node.getAnchor() != null) {
                anchor(event, "anchor '&" + node.getAnchor() + "'");
            }
            tag(event);
        }
        return plain;
    }

    private void anchor(Event event, String what) {
        mistake(
                event.getStartMark(),
                "anchor",
                what + " is not supported",
                "Write the value out; quote it if it shall begin with that character.");
    }

    private void tag(Event event) {
        String tag = null;
        if (event instanceof ScalarEvent scalar) {
            tag = scalar.getTag();
        } else if (event instanceof CollectionStartEvent collection) {
            tag = collection.getTag();
        }
        if (tag != null) {
            mistake(
                    event.getStartMark(),
                    "tag",
                    "type '" + tag + "' is not supported",
                    "Leave the '!' and its word out.");
        }
    }

    private Settings settings(Node root) {
        Map<String, NodeTuple> keys = keys(root, KEYS, "");
        int before = mistakes();
        Optional<Sourced<List<Host>>> hosts = value(keys, "hosts").flatMap(this::hosts);
        boolean hostsKnown = mistakes() == before;
        return new Settings(
                hosts,
                value(keys, "store").flatMap(this::store),
                value(keys, "store_s3").flatMap(node -> sourced(node, new S3Nodes(this).read(node))),
                storeKey(keys),
                value(keys, "store_reserve").flatMap(this::storeReserve),
                value(keys, "state").flatMap(node -> path(node, "state")),
                value(keys, "insecure").flatMap(this::insecure),
                value(keys, "max_pause").flatMap(this::maxPause),
                value(keys, "policies").flatMap(node -> sourced(node, new PolicyNodes(this).read(node))),
                value(keys, "placement")
                        .flatMap(node -> sourced(node, new PlacementNodes(this, hostsKnown).read(node))),
                hosts.map(found -> new Sourced<>(fence, found.origin())),
                value(keys, "standby").flatMap(node -> sourced(node, new StandbyNodes(this).read(node))));
    }

    private Optional<Sourced<List<Host>>> hosts(Node node) {
        List<Host> hosts = new ArrayList<>();
        Map<String, String> places = new HashMap<>();
        if (empty(node)) {
            return sourced(node, hosts);
        }
        for (Map.Entry<String, NodeTuple> entry :
                keys(node, List.of(), " of 'hosts'").entrySet()) {
            String name = entry.getKey();
            Mark mark = entry.getValue().getKeyNode().getStartMark();
            if (!Values.isHostName(name)) {
                mistake(
                        mark,
                        "bad-host-name",
                        "'" + name + "' cannot be the name of a host",
                        "Use 1 to 63 of the characters A-Z a-z 0-9 . _ -");
            }
            host(name, mark, entry.getValue().getValueNode()).ifPresent(host -> {
                String other = places.putIfAbsent(place(host.uri()), name);
                if (other != null) {
                    mistake(
                            mark,
                            "same-host-twice",
                            "hosts '" + other + "' and '" + name + "' have URIs that lead to the same machine",
                            "Leave one of them out.");
                }
                hosts.add(host);
            });
        }
        return sourced(node, hosts);
    }

    private Optional<Host> host(String name, Mark mark, Node node) {
        if (empty(node)) {
            mistake(mark, "no-uri", "host '" + name + "' has no 'uri'", uriHint());
            return Optional.empty();
        }
        Map<String, NodeTuple> keys = keys(node, HOST_KEYS, " in host '" + name + "'");
        Optional<String> captureAddress = address("'capture_address' of host '" + name + "'", keys, "capture_address");
        Optional<String> migrationAddress =
                address("'migration_address' of host '" + name + "'", keys, "migration_address");
        value(keys, "fence").ifPresent(value -> fence.put(name, new FenceNodes(this, name).read(value)));
        if (!keys.containsKey("uri")) {
            if (node instanceof MappingNode) {
                mistake(mark, "no-uri", "host '" + name + "' has no 'uri'", uriHint());
            }
            return Optional.empty();
        }
        return value(keys, "uri")
                .flatMap(value -> text(value, "'uri' of host '" + name + "'"))
                .flatMap(text -> Values.uri(at(mark(keys, "uri")) + " host '" + name + "':", text, mistakes))
                .map(uri -> new Host(name, uri, captureAddress, migrationAddress));
    }

    /** @param what how it is called in a mistake */
    Optional<String> address(String what, Map<String, NodeTuple> keys, String key) {
        return value(keys, key).flatMap(value -> text(value, what)).filter(text -> {
            if (!Values.isAddress(text)) {
                mistake(
                        mark(keys, key),
                        "bad-address",
                        "'" + text + "' is not an address or a host name",
                        "Write the address alone, without a port.");
            }
            return true;
        });
    }

    /** What decides whether two URIs lead to one machine. Two names for it cannot be told apart without asking. */
    private static String place(HostUri uri) {
        return uri.driver()
                + "|" + uri.server().orElse("").toLowerCase(Locale.ROOT)
                + "|" + uri.port().map(String::valueOf).orElse("")
                + "|" + uri.path()
                + "|" + uri.parameters().getOrDefault("socket", "");
    }

    private Optional<Sourced<StoreLocation>> store(Node node) {
        return text(node, "'store'")
                .flatMap(text -> Values.location(at(node.getStartMark()) + " 'store':", text, true, mistakes))
                .flatMap(location -> sourced(node, location));
    }

    Optional<URI> endpoint(Node node) {
        return text(node, "'endpoint'")
                .flatMap(text -> Values.endpoint(at(node.getStartMark()) + " 'endpoint'", text, mistakes));
    }

    Optional<Sourced<Path>> path(Node node, String key) {
        return text(node, "'" + key + "'")
                .flatMap(text -> Values.absolutePath(at(node.getStartMark()) + " '" + key + "':", text, mistakes))
                .flatMap(path -> sourced(node, path));
    }

    private Optional<Sourced<KeyOrigin>> storeKey(Map<String, NodeTuple> keys) {
        return keyOrigin(keys, "store_key", "a store is opened with one key")
                .flatMap(origin -> sourced(
                        value(keys, "store_key_file")
                                .or(() -> value(keys, "store_key_command"))
                                .orElseThrow(),
                        origin));
    }

    /**
     * Reads where a secret comes from: a file, or a program.
     *
     * @param key what the names of both keys begin with
     * @param one why there is one only
     */
    Optional<KeyOrigin> keyOrigin(Map<String, NodeTuple> keys, String key, String one) {
        String file = key + "_file";
        String command = key + "_command";
        if (keys.containsKey(file) && keys.containsKey(command)) {
            mistake(
                    mark(keys, command),
                    "two-" + key.replace('_', '-') + "s",
                    "'" + command + "' beside '" + file + "': " + one,
                    "Leave one of them out.");
        }
        Optional<KeyOrigin> found =
                value(keys, file).flatMap(node -> path(node, file)).map(path -> new KeyOrigin.File(path.value()));
        return found.or(() -> value(keys, command).flatMap(node -> keyCommand(node, command)));
    }

    /** As a list only: a text would have to be taken apart, and how is what shells differ in. */
    private Optional<KeyOrigin> keyCommand(Node node, String key) {
        if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
            mistake(
                    node.getStartMark(),
                    "wrong-type",
                    "'" + key + "' is not a list of a program and its arguments",
                    "Write for example [pass, show, vfrt]; no shell is between.");
            return Optional.empty();
        }
        List<String> argv = new ArrayList<>();
        for (Node word : list.getValue()) {
            text(word, "a word of '" + key + "'").ifPresent(argv::add);
        }
        return argv.size() == list.getValue().size() ? Optional.of(new KeyOrigin.Command(argv)) : Optional.empty();
    }

    private Optional<Sourced<Long>> storeReserve(Node node) {
        return size(node, "'store_reserve'").flatMap(size -> sourced(node, size));
    }

    Optional<Long> size(Node node, String what) {
        Optional<String> text = text(node, what);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Sizes.parse(text.get()));
        } catch (BadInput e) {
            mistake(node.getStartMark(), e.code(), what + ": " + e.getMessage(), e.hint());
            return Optional.empty();
        }
    }

    private Optional<Sourced<Boolean>> insecure(Node node) {
        return truth(node, "'insecure'").flatMap(insecure -> sourced(node, insecure));
    }

    Optional<Boolean> truth(Node node, String what) {
        if (node instanceof ScalarNode scalar && scalar.isPlain()) {
            if (scalar.getValue().equals("true") || scalar.getValue().equals("false")) {
                return Optional.of(scalar.getValue().equals("true"));
            }
        }
        mistake(node.getStartMark(), "wrong-type", what + " is neither true nor false", "Write 'true' or 'false'.");
        return Optional.empty();
    }

    private Optional<Sourced<Duration>> maxPause(Node node) {
        return duration(node, "'max_pause'", "no guest can be checkpointed in no time", "Leave it out for no bound.")
                .flatMap(pause -> sourced(node, pause));
    }

    /** Reads a duration that is not zero. */
    Optional<Duration> duration(Node node, String what, String zero, String zeroHint) {
        Optional<String> text = text(node, what);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Duration duration = Durations.parse(text.get());
            if (!duration.isZero()) {
                return Optional.of(duration);
            }
            mistake(node.getStartMark(), "bad-duration", what + ": " + zero, zeroHint);
        } catch (BadInput e) {
            mistake(node.getStartMark(), e.code(), what + ": " + e.getMessage(), e.hint());
        }
        return Optional.empty();
    }

    /** Reads the absolute path of a program. */
    Optional<Path> program(Node node, String what) {
        return text(node, what)
                .flatMap(text -> Values.absolutePath(at(node.getStartMark()) + " " + what + ":", text, mistakes));
    }

    /**
     * Takes a map apart.
     *
     * @param known the keys it may have; empty when any is right
     * @param where what is said after the key in a mistake
     */
    Map<String, NodeTuple> keys(Node node, List<String> known, String where) {
        Map<String, NodeTuple> keys = new LinkedHashMap<>();
        if (!(node instanceof MappingNode map)) {
            mistake(
                    node.getStartMark(),
                    "wrong-type",
                    "keys and values are expected here" + where,
                    "Write lines of the form 'key: value', indented by two more than the line above them.");
            return keys;
        }
        for (NodeTuple tuple : map.getValue()) {
            Mark mark = tuple.getKeyNode().getStartMark();
            if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
                mistake(mark, "wrong-type", "a key" + where + " is not a text", TEXT_HINT);
                continue;
            }
            String key = scalar.getValue();
            if (key.equals("<<") && scalar.isPlain()) {
                mistake(mark, "merge-key", "merge key '<<'" + where + " is not supported", "Write the values out.");
            } else if (!known.isEmpty() && !known.contains(key)) {
                mistake(mark, "unknown-key", "unknown key '" + key + "'" + where, meant(key, known));
            } else if (keys.putIfAbsent(key, tuple) != null) {
                int line = keys.get(key).getKeyNode().getStartMark().getLine() + 1;
                mistake(
                        mark,
                        "duplicate-key",
                        "key '" + key + "'" + where + " was given in line " + line + " already",
                        "Leave one of them out.");
            }
        }
        return keys;
    }

    private static String meant(String key, List<String> known) {
        return Spelling.nearest(key, known)
                .map(word -> "Did you mean '" + word + "'?")
                .orElse("Known keys are " + String.join(", ", known) + ".");
    }

    Optional<String> text(Node node, String what) {
        if (!(node instanceof ScalarNode scalar)) {
            mistake(node.getStartMark(), "wrong-type", what + " is not a text", TEXT_HINT);
            return Optional.empty();
        }
        if (scalar.getValue().isBlank() || empty(node)) {
            mistake(node.getStartMark(), "empty-value", what + " has no value", "Give it one, or leave it out.");
            return Optional.empty();
        }
        return Optional.of(scalar.getValue());
    }

    /** Reads a list of texts, or a single one, each into something that says itself what is wrong with it. */
    <T> List<T> texts(Map<String, NodeTuple> keys, String key, String where, Function<String, T> reading) {
        return texts(keys, key, where, (node, text) -> reading.apply(text));
    }

    /** The same, where the node matters. */
    <T> List<T> texts(Map<String, NodeTuple> keys, String key, String where, BiFunction<Node, String, T> reading) {
        String what = "'" + key + "'" + where;
        List<T> read = new ArrayList<>();
        Optional<Node> node = value(keys, key);
        if (node.isEmpty()) {
            return read;
        }
        List<Node> nodes = node.get() instanceof SequenceNode list ? list.getValue() : List.of(node.get());
        if (nodes.isEmpty()) {
            mistake(node.get().getStartMark(), "empty-value", what + " has no value", "Give it one, or leave it out.");
        }
        for (Node one : nodes) {
            text(one, what).ifPresent(text -> {
                try {
                    read.add(reading.apply(one, text));
                } catch (BadInput e) {
                    mistake(one.getStartMark(), e.code(), what + ": " + e.getMessage(), e.hint());
                }
            });
        }
        return read;
    }

    static boolean empty(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    static Optional<Node> value(Map<String, NodeTuple> keys, String key) {
        return Optional.ofNullable(keys.get(key)).map(NodeTuple::getValueNode);
    }

    private static Mark mark(Map<String, NodeTuple> keys, String key) {
        return value(keys, key).orElseThrow().getStartMark();
    }

    private <T> Optional<Sourced<T>> sourced(Node node, T value) {
        return Optional.of(
                new Sourced<>(value, file + ":" + (node.getStartMark().getLine() + 1)));
    }

    void mistake(@Nullable Mark mark, String code, String text, String hint) {
        mistakes.add(new Reason(code, at(mark) + " " + text, hint));
    }

    /** Returns how many mistakes were found so far. */
    int mistakes() {
        return mistakes.size();
    }

    String at(@Nullable Mark mark) {
        return file + (mark == null ? ":" : ":" + (mark.getLine() + 1) + ":");
    }

    private static String uriHint() {
        return "Add for example 'uri: xen+ssh://root@xen1/system'.";
    }

    private static String sentence(@Nullable String problem) {
        return String.valueOf(problem).replaceAll("\\s+", " ").strip();
    }

    private static LoaderOptions options() {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(BYTES_MAX);
        options.setNestingDepthLimit(DEPTH_MAX);
        return options;
    }
}
