package org.vfrt.core.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.key.KeyOrigin;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads what a configuration file has under {@code standby}. For one read. */
final class StandbyNodes {

    private static final List<String> KEYS = List.of("register", "watchdog", "evidence", "epochs");
    private static final List<String> REGISTER_KEYS = List.of("directory", "etcd");
    private static final List<String> ETCD_KEYS = List.of(
            "endpoints",
            "prefix",
            "ca_file",
            "certificate_file",
            "key_file",
            "user",
            "password_file",
            "password_command");
    private static final Pattern PREFIX = Pattern.compile("(?:[A-Za-z0-9._-]+/)*[A-Za-z0-9._-]+/?");
    private static final String IN = " in 'etcd' of 'register'";

    private static final Duration WATCHDOG_MIN = Duration.ofSeconds(20);
    /** An etcd that elects another leader, or is started anew, is silent for some seconds, and no lease is renewed without it. */
    private static final Duration WATCHDOG_MIN_WITH_ETCD = Duration.ofSeconds(60);

    private static final Duration WATCHDOG_MAX = Duration.ofSeconds(500);

    private final ConfigurationFile file;

    /** @param file what the nodes are from, which gathers the mistakes */
    StandbyNodes(ConfigurationFile file) {
        this.file = file;
    }

    /** Returns the settings, as far as they are right; fence devices are among the hosts. */
    StandbySettings read(Node node) {
        Map<String, NodeTuple> keys = ConfigurationFile.empty(node) ? Map.of() : file.keys(node, KEYS, " in 'standby'");
        Optional<RegisterPlace> register =
                ConfigurationFile.value(keys, "register").flatMap(this::register);
        Duration least = register.filter(RegisterPlace.Etcd.class::isInstance).isPresent()
                ? WATCHDOG_MIN_WITH_ETCD
                : WATCHDOG_MIN;
        return new StandbySettings(
                true,
                register,
                ConfigurationFile.value(keys, "watchdog").flatMap(time -> watchdog(time, least)),
                evidence(keys),
                path(keys, "epochs"),
                Map.of());
    }

    /** Half of it is Xen's watchdog, which counts in seconds; of the other half, some are kept for who renews the lease. */
    private Optional<Duration> watchdog(Node node, Duration least) {
        Optional<Duration> watchdog = file.duration(
                node,
                "'watchdog' in 'standby'",
                "a host would reset itself at once",
                "Write for example 60s, or leave it out.");
        return watchdog.filter(time -> {
            boolean right =
                    time.compareTo(least) >= 0 && time.compareTo(WATCHDOG_MAX) <= 0 && time.toMillis() % 2000 == 0;
            if (!right) {
                file.mistake(
                        node.getStartMark(),
                        "bad-watchdog",
                        "'watchdog' in 'standby': " + Durations.format(time) + " is not an even number of seconds from "
                                + least.toSeconds() + " to " + WATCHDOG_MAX.toSeconds(),
                        "Write for example 60s: the shorter it is, the sooner a host whose network fails for a while resets itself.");
            }
            return right;
        });
    }

    private Set<Evidence.Kind> evidence(Map<String, NodeTuple> keys) {
        List<Evidence.Kind> kinds = file.texts(keys, "evidence", " in 'standby'", StandbyNodes::kind);
        return kinds.isEmpty() ? StandbySettings.EVIDENCE : Set.copyOf(kinds);
    }

    private static Evidence.Kind kind(String text) {
        return StandbySettings.EVIDENCE.stream()
                .filter(kind -> kind.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new BadInput(
                        "bad-evidence",
                        "'" + text + "' is no evidence that a host is dead",
                        "There are "
                                + StandbySettings.EVIDENCE.stream()
                                        .map(Evidence.Kind::text)
                                        .sorted()
                                        .collect(Collectors.joining(", "))
                                + "."));
    }

    private Optional<RegisterPlace> register(Node node) {
        Map<String, NodeTuple> keys = file.keys(node, REGISTER_KEYS, " in 'register'");
        if (keys.size() != 1) {
            file.mistake(
                    node.getStartMark(),
                    "bad-register",
                    "'register' has "
                            + (keys.isEmpty() ? "neither 'directory' nor 'etcd'" : "both 'directory' and 'etcd'"),
                    "Write 'directory' for controllers on one machine, or 'etcd' for several.");
            return Optional.empty();
        }
        Optional<RegisterPlace> directory = ConfigurationFile.value(keys, "directory")
                .flatMap(value -> file.path(value, "directory"))
                .map(path -> new RegisterPlace.Directory(path.value()));
        return directory.or(
                () -> ConfigurationFile.value(keys, "etcd").flatMap(this::etcd).map(RegisterPlace.Etcd::new));
    }

    private Optional<EtcdSettings> etcd(Node node) {
        Map<String, NodeTuple> keys = file.keys(node, ETCD_KEYS, IN);
        List<URI> endpoints = endpoints(node, keys);
        Optional<String> prefix = ConfigurationFile.value(keys, "prefix").flatMap(this::prefix);
        Optional<Path> certificate = path(keys, "certificate_file");
        Optional<Path> key = path(keys, "key_file");
        together(node, "certificate_file", certificate.isPresent(), "key_file", key.isPresent());
        Optional<String> user = ConfigurationFile.value(keys, "user").flatMap(value -> file.text(value, "'user'" + IN));
        Optional<KeyOrigin> password = file.keyOrigin(keys, "password", "there is one password");
        together(node, "user", user.isPresent(), "password_file", password.isPresent());
        return endpoints.isEmpty()
                ? Optional.empty()
                : Optional.of(new EtcdSettings(
                        endpoints,
                        prefix.orElse(EtcdSettings.PREFIX),
                        path(keys, "ca_file"),
                        certificate,
                        key,
                        user,
                        password));
    }

    private List<URI> endpoints(Node node, Map<String, NodeTuple> keys) {
        Optional<Node> value = ConfigurationFile.value(keys, "endpoints");
        List<URI> endpoints = new ArrayList<>();
        if (value.isEmpty()) {
            file.mistake(
                    node.getStartMark(),
                    "no-endpoints",
                    "'etcd' has no 'endpoints'",
                    "Write for example 'endpoints: [https://etcd1:2379]'.");
            return endpoints;
        }
        List<Node> nodes = value.get() instanceof SequenceNode list ? list.getValue() : List.of(value.get());
        if (nodes.isEmpty()) {
            file.mistake(
                    value.get().getStartMark(),
                    "empty-value",
                    "'endpoints'" + IN + " has no value",
                    "Name one member of the etcd at least.");
        }
        nodes.forEach(one -> file.endpoint(one).ifPresent(endpoints::add));
        return endpoints.size() == nodes.size() ? endpoints : List.of();
    }

    private Optional<String> prefix(Node node) {
        Optional<String> text = file.text(node, "'prefix'" + IN);
        text.filter(prefix -> !PREFIX.matcher(prefix).matches())
                .ifPresent(prefix -> file.mistake(
                        node.getStartMark(),
                        "bad-prefix",
                        "'prefix'" + IN + ": '" + prefix + "' cannot be what keys begin with",
                        "Use the characters A-Z a-z 0-9 . _ - and '/' between them."));
        return text.map(prefix -> prefix.endsWith("/") ? prefix : prefix + "/");
    }

    private Optional<Path> path(Map<String, NodeTuple> keys, String key) {
        return ConfigurationFile.value(keys, key)
                .flatMap(value -> file.path(value, key))
                .map(Settings.Sourced::value);
    }

    private void together(Node node, String one, boolean hasOne, String other, boolean hasOther) {
        if (hasOne != hasOther) {
            file.mistake(
                    node.getStartMark(),
                    "half-of-a-pair",
                    "'" + (hasOne ? one : other) + "'" + IN + " needs '" + (hasOne ? other : one) + "' beside it",
                    "Write both, or none.");
        }
    }
}
