package org.vfrt.core.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vfrt.core.config.Settings.Sourced;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.policy.Policies;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;

/**
 * Reads the configuration. An option beats a variable {@code VFRT_*}, a variable beats the user's file, and that beats the
 * machine's, key by key; {@code hosts} is one key, and so are {@code policies}, {@code placement} and {@code standby}. See docs/configuration.md.
 */
public final class ConfigurationReader {

    /** Enough to delete, to collect, and to write what is small; little enough for the smallest of stores. */
    private static final long STORE_RESERVE_BYTES = 64L << 20;

    private final Path machineFile;

    /** Reads {@code /etc/vfrt/vfrt.yaml} as the machine's file. */
    public ConfigurationReader() {
        this(Path.of("/etc/vfrt/vfrt.yaml"));
    }

    ConfigurationReader(Path machineFile) {
        this.machineFile = machineFile;
    }

    /**
     * Reads everything there is.
     *
     * @param explicitFile the only file to read, from {@code --config}; it must exist
     * @param connectUri the only host, from {@code --connect}
     * @param environment the environment variables
     * @param home the user's home directory
     * @param root whether the user is root, who keeps state under /var/lib
     * @throws BadInput with every mistake at once
     */
    public Configuration read(
            Optional<Path> explicitFile,
            Optional<String> connectUri,
            Map<String, String> environment,
            Path home,
            boolean root) {
        List<Reason> mistakes = new ArrayList<>();
        Settings files = files(explicitFile, environment, home, mistakes);
        Settings settings = variables(environment, mistakes).over(files).over(defaults(environment, home, root));
        Optional<Sourced<List<Host>>> only = only(connectUri, environment, files, mistakes);
        files.placement().ifPresent(placement -> placement.value().check(hostNames(only, files), mistakes));
        if (!mistakes.isEmpty()) {
            throw new BadInput(
                    mistakes.size() == 1
                            ? "the configuration has a mistake"
                            : "the configuration has " + mistakes.size() + " mistakes",
                    mistakes);
        }
        return configuration(only.or(settings::hosts).orElseThrow(), settings);
    }

    private Settings files(
            Optional<Path> explicitFile, Map<String, String> environment, Path home, List<Reason> mistakes) {
        Optional<String> variable = variable(environment, "VFRT_CONFIG");
        if (explicitFile.isPresent()) {
            return explicit(explicitFile.get(), "--config", mistakes);
        }
        if (variable.isPresent()) {
            return Values.absolutePath("VFRT_CONFIG:", variable.get(), mistakes)
                    .map(file -> explicit(file, "VFRT_CONFIG", mistakes))
                    .orElse(Settings.NONE);
        }
        Settings machine = ifThere(machineFile, mistakes);
        return ifThere(home.resolve(".config/vfrt/vfrt.yaml"), mistakes).over(machine);
    }

    private static Settings explicit(Path file, String origin, List<Reason> mistakes) {
        if (!Files.exists(file)) {
            mistakes.add(new Reason(
                    "no-config-file",
                    origin + ": there is no file '" + file + "'",
                    "Name one that exists, or leave it out."));
            return Settings.NONE;
        }
        return new ConfigurationFile(file, mistakes).read();
    }

    private static Settings ifThere(Path file, List<Reason> mistakes) {
        return Files.exists(file) ? new ConfigurationFile(file, mistakes).read() : Settings.NONE;
    }

    private static Settings variables(Map<String, String> environment, List<Reason> mistakes) {
        return new Settings(
                Optional.empty(),
                variable(environment, "VFRT_STORE")
                        .flatMap(text -> Values.location("VFRT_STORE:", text, true, mistakes))
                        .map(store -> new Sourced<>(store, "VFRT_STORE")),
                Optional.empty(),
                path(environment, "VFRT_STORE_KEY_FILE", mistakes)
                        .map(file -> new Sourced<>(new KeyOrigin.File(file.value()), file.origin())),
                Optional.empty(),
                path(environment, "VFRT_STATE", mistakes),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Optional<Sourced<Path>> path(Map<String, String> environment, String name, List<Reason> mistakes) {
        return variable(environment, name)
                .flatMap(text -> Values.absolutePath(name + ":", text, mistakes))
                .map(path -> new Sourced<>(path, name));
    }

    private static Settings defaults(Map<String, String> environment, Path home, boolean root) {
        // The XDG base directory specification: a relative path there counts as none.
        Path base = root
                ? Path.of("/var/lib/vfrt")
                : variable(environment, "XDG_STATE_HOME")
                        .map(Path::of)
                        .filter(Path::isAbsolute)
                        .orElse(home.resolve(".local/state"))
                        .resolve("vfrt");
        return new Settings(
                Optional.of(new Sourced<>(List.of(), "default")),
                Optional.of(new Sourced<>(new StoreLocation.Directory(base.resolve("store")), "default")),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Sourced<>(STORE_RESERVE_BYTES, "default")),
                Optional.of(new Sourced<>(base.resolve("state"), "default")),
                Optional.of(new Sourced<>(false, "default")),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Sourced<>(PlacementSource.DEFAULT, "default")),
                Optional.empty(),
                Optional.empty());
    }

    /** A rule may be about hosts that are in the files and, with a single URI, not in the pool. */
    private static Set<String> hostNames(Optional<Sourced<List<Host>>> only, Settings files) {
        return Stream.of(only, files.hosts())
                .flatMap(Optional::stream)
                .flatMap(hosts -> hosts.value().stream())
                .map(Host::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** A single URI stands for the whole pool. When the files know a host by that URI, it keeps its name and address. */
    private static Optional<Sourced<List<Host>>> only(
            Optional<String> connectUri, Map<String, String> environment, Settings files, List<Reason> mistakes) {
        String origin = connectUri.isPresent() ? "--connect" : "VFRT_CONNECT";
        return connectUri
                .or(() -> variable(environment, "VFRT_CONNECT"))
                .flatMap(text -> Values.uri(origin + ":", text, mistakes))
                .map(uri -> new Sourced<>(List.of(known(uri, files).orElseGet(() -> named(uri))), origin));
    }

    private static Optional<Host> known(HostUri uri, Settings files) {
        return files.hosts().map(Sourced::value).orElse(List.of()).stream()
                .filter(host -> host.uri().text().equals(uri.text()))
                .findFirst();
    }

    private static Host named(HostUri uri) {
        String name = uri.server().orElse("local").replaceAll("[^A-Za-z0-9._-]", "-");
        return new Host(name.substring(0, Math.min(name.length(), 63)), uri, Optional.empty());
    }

    private static Configuration configuration(Sourced<List<Host>> hosts, Settings settings) {
        Sourced<StoreLocation> store = settings.store().orElseThrow();
        Sourced<Path> state = settings.state().orElseThrow();
        Sourced<Boolean> insecure = settings.insecure().orElseThrow();
        Map<String, String> origins = new LinkedHashMap<>();
        origins.put("hosts", hosts.origin());
        origins.put("store", store.origin());
        settings.storeS3().ifPresent(s3 -> origins.put("store_s3", s3.origin()));
        settings.storeKey().ifPresent(key -> origins.put("store_key", key.origin()));
        Sourced<Long> reserve = settings.storeReserve().orElseThrow();
        origins.put("store_reserve", reserve.origin());
        origins.put("state", state.origin());
        origins.put("insecure", insecure.origin());
        settings.maxPause().ifPresent(pause -> origins.put("max_pause", pause.origin()));
        Optional<Duration> maxPause = settings.maxPause().map(Sourced::value);
        settings.policies().ifPresent(policies -> origins.put("policies", policies.origin()));
        Policies policies = new Policies(settings.policies().map(Sourced::value).orElse(List.of()));
        Sourced<PlacementSource> placement = settings.placement().orElseThrow();
        origins.put("placement", placement.origin());
        return new Configuration(
                hosts.value(),
                store.value(),
                settings.storeS3().map(Sourced::value).orElse(S3Settings.DEFAULT),
                settings.storeKey().map(Sourced::value),
                reserve.value(),
                state.value(),
                insecure.value(),
                maxPause,
                policies,
                placement.value().settings(),
                standby(settings, origins),
                origins);
    }

    private static StandbySettings standby(Settings settings, Map<String, String> origins) {
        Map<String, List<List<FenceSettings>>> fence =
                settings.fence().map(Sourced::value).orElse(Map.of());
        settings.standby().ifPresent(standby -> origins.put("standby", standby.origin()));
        return settings.standby()
                .map(Sourced::value)
                .orElse(StandbySettings.DEFAULT)
                .with(fence);
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }
}
