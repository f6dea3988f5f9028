package org.vfrt.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.config.Configuration;
import org.vfrt.core.config.Durations;
import org.vfrt.core.config.EtcdSettings;
import org.vfrt.core.config.RegisterPlace;
import org.vfrt.core.config.S3Settings;
import org.vfrt.core.config.Sizes;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.placement.StandingRule;
import org.vfrt.core.policy.Policy;
import org.vfrt.core.pool.Host;
import org.vfrt.core.retention.KeepRules;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt config show}. */
@Command(description = "Show the configuration that is in effect. Asks no host.")
final class ConfigShow implements Callable<Integer> {

    private final Session session;

    @Option(names = "--origin", description = "Say where each value came from.")
    private boolean origin;

    ConfigShow(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Configuration configuration = session.operations().configuration();
        session.print(
                json -> write(json, configuration), out -> table(configuration).print(out));
        return ExitCode.DONE.number();
    }

    private Table table(Configuration configuration) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Host host : configuration.hosts()) {
            values.put("hosts." + host.name() + ".uri", host.uri().text());
            host.captureAddress()
                    .ifPresent(address -> values.put("hosts." + host.name() + ".capture_address", address));
            host.migrationAddress()
                    .ifPresent(address -> values.put("hosts." + host.name() + ".migration_address", address));
            put(
                    values,
                    "hosts." + host.name() + ".fence.",
                    configuration.standby().fence(host.name()));
        }
        values.put("store", configuration.store().toString());
        if (configuration.store() instanceof StoreLocation.Bucket) {
            put(values, configuration.storeS3());
        }
        values.put("store_key", configuration.storeKey().map(KeyOrigin::shown).orElse(""));
        values.put("store_reserve", Sizes.format(configuration.storeReserveBytes()));
        values.put("state", configuration.stateDirectory().toString());
        values.put("insecure", String.valueOf(configuration.insecure()));
        values.put("max_pause", configuration.maxPause().map(Durations::format).orElse(""));
        configuration.policies().all().forEach(policy -> put(values, policy));
        put(values, configuration.placement());
        configuration.standby().register().ifPresent(place -> put(values, place));
        configuration.standby().watchdog().ifPresent(time -> values.put("standby.watchdog", Durations.format(time)));
        if (configuration.standby().asked()) {
            values.put("standby.evidence", words(evidence(configuration)));
        }
        configuration.standby().epochs().ifPresent(path -> values.put("standby.epochs", path.toString()));
        Table table = origin ? Table.titled("KEY", "VALUE", "ORIGIN") : Table.titled("KEY", "VALUE");
        values.forEach((key, value) -> {
            if (origin) {
                table.row(key, value, origin(configuration, key));
            } else {
                table.row(key, value);
            }
        });
        return table;
    }

    private static void put(Map<String, String> values, String key, List<List<FenceSettings>> levels) {
        for (int i = 0; i < levels.size(); i++) {
            values.put(
                    key + (i + 1),
                    String.join(
                            ", ", levels.get(i).stream().map(ConfigShow::shown).toList()));
        }
    }

    private static String shown(FenceSettings device) {
        return device.name() + " (" + device.agent()
                + device.address().map(address -> " at " + address).orElse("") + ")";
    }

    private static void put(Map<String, String> values, RegisterPlace place) {
        if (place instanceof RegisterPlace.Etcd etcd) {
            values.put("standby.register.etcd.endpoints", words(etcd.settings().endpoints()));
            values.put("standby.register.etcd.prefix", etcd.settings().prefix());
        } else {
            values.put(
                    "standby.register.directory",
                    ((RegisterPlace.Directory) place).path().toString());
        }
    }

    private static void put(Map<String, String> values, S3Settings s3) {
        values.put("store_s3.endpoint", s3.endpoint().map(URI::toString).orElse(""));
        values.put("store_s3.region", s3.region());
        values.put("store_s3.path_style", String.valueOf(s3.pathStyle()));
        values.put(
                "store_s3.credentials_file",
                s3.credentialsFile().map(Path::toString).orElse(""));
        values.put("store_s3.cache", Sizes.format(s3.cacheBytes()));
    }

    private static void put(Map<String, String> values, Policy policy) {
        String key = "policies." + policy.name() + ".";
        values.put(key + "guests", words(policy.guests()));
        values.put(key + "metadata", words(policy.labels()));
        values.put(key + "interval", Durations.format(policy.interval()));
        values.put(key + "method", method(policy));
        values.put(key + "max_pause", policy.maxPause().map(Durations::format).orElse(""));
        values.put(key + "disks", policy.disks().text());
        policy.diskHook().ifPresent(hook -> values.put(key + "disk_hook", hook.toString()));
        policy.keep()
                .ifPresent(keep -> counts(keep).forEach((name, count) -> {
                    if (count > 0) {
                        values.put(key + "keep." + name, String.valueOf(count));
                    }
                }));
        policy.keep()
                .flatMap(KeepRules::within)
                .ifPresent(span -> values.put(key + "keep.within", Durations.format(span)));
        policy.keep()
                .map(KeepRules::tags)
                .filter(tags -> !tags.isEmpty())
                .ifPresent(tags -> values.put(key + "keep.tags", words(tags)));
        values.put(key + "tags", words(policy.tags()));
        policy.drill().ifPresent(drill -> {
            values.put(key + "drill.every", Durations.format(drill.every()));
            values.put(key + "drill.sign", drill.sign().text());
            values.put(key + "drill.within", Durations.format(drill.within()));
            values.put(key + "drill.network", drill.network().text());
        });
        values.put(key + "recover", forms(policy));
    }

    private static void put(Map<String, String> values, PlacementSettings placement) {
        values.put("placement.reserve", reserve(placement).map(Sizes::format).orElse(""));
        values.put("placement.vcpus_per_cpu", number(placement.vcpusPerCpu()));
        values.put("placement.vcpus_per_cpu_max", number(placement.vcpusPerCpuMax()));
        domains(placement)
                .forEach((domain, hosts) ->
                        values.put("placement.failure_domains." + domain, words(List.copyOf(hosts))));
        for (StandingRule rule : placement.rules()) {
            String soft = rule.hard() ? "" : ", soft";
            values.put(
                    "placement.rules." + rule.name(),
                    rule.hosts().isEmpty()
                            ? kind(rule) + ": " + words(rule.guests()) + soft
                            : kind(rule) + ": " + words(rule.hosts()) + "; guests: " + words(rule.guests()) + soft);
        }
    }

    private static Optional<Long> reserve(PlacementSettings placement) {
        return placement.reserveBytes().stream().boxed().findFirst();
    }

    private static Map<String, Set<String>> domains(PlacementSettings placement) {
        Map<String, Set<String>> domains = new TreeMap<>();
        placement
                .failureDomains()
                .forEach((host, domain) -> domains.computeIfAbsent(domain, unknown -> new TreeSet<>())
                        .add(host));
        return domains;
    }

    private static String kind(StandingRule rule) {
        return rule.kind().name().toLowerCase(Locale.ROOT);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }

    private static Map<String, Integer> counts(KeepRules keep) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("last", keep.last());
        counts.put("hourly", keep.hourly());
        counts.put("daily", keep.daily());
        counts.put("weekly", keep.weekly());
        counts.put("monthly", keep.monthly());
        counts.put("yearly", keep.yearly());
        return counts;
    }

    private static String method(Policy policy) {
        return policy.method()
                .map(method -> method.name().toLowerCase(Locale.ROOT))
                .orElse("auto");
    }

    private static String forms(Policy policy) {
        return policy.recover().stream().map(RestoreForm::text).collect(Collectors.joining(", "));
    }

    private static List<String> evidence(Configuration configuration) {
        return configuration.standby().evidence().stream()
                .map(Evidence.Kind::text)
                .sorted()
                .toList();
    }

    private static String words(List<?> values) {
        return String.join(", ", texts(values));
    }

    private static List<String> texts(List<?> values) {
        return values.stream().map(String::valueOf).toList();
    }

    private static void write(Json json, S3Settings s3) {
        json.text("endpoint", s3.endpoint().map(URI::toString))
                .field("region", s3.region())
                .field("pathStyle", s3.pathStyle())
                .text("credentialsFile", s3.credentialsFile().map(Path::toString))
                .field("cacheBytes", s3.cacheBytes());
    }

    private static void write(Json json, Policy policy) {
        json.field("name", policy.name())
                .texts("guests", texts(policy.guests()))
                .texts("metadata", texts(policy.labels()))
                .field("intervalMillis", policy.interval())
                .field("method", method(policy))
                .duration("maxPauseMillis", policy.maxPause())
                .field("memoryOnly", policy.disks() == DiskWish.NONE)
                .field("disks", policy.disks().text())
                .text("diskHook", policy.diskHook().map(Path::toString))
                .object("keep", policy.keep(), (inner, keep) -> {
                    counts(keep).forEach((name, count) -> inner.field(name, count));
                    inner.duration("withinMillis", keep.within()).texts("tags", texts(keep.tags()));
                })
                .texts("tags", texts(policy.tags()))
                .object(
                        "drill",
                        policy.drill(),
                        (inner, drill) -> inner.field("everyMillis", drill.every())
                                .field("sign", drill.sign().text())
                                .field("withinMillis", drill.within())
                                .field("network", drill.network().text()))
                .texts(
                        "recover",
                        policy.recover().stream().map(RestoreForm::text).toList());
    }

    private static void write(Json json, PlacementSettings placement) {
        reserve(placement)
                .ifPresentOrElse(reserve -> json.field("reserveBytes", reserve), () -> json.nothing("reserveBytes"));
        json.field("vcpusPerCpu", placement.vcpusPerCpu())
                .field("vcpusPerCpuMax", placement.vcpusPerCpuMax())
                .objects(
                        "failureDomains",
                        domains(placement).entrySet(),
                        (inner, domain) -> inner.field("name", domain.getKey()).texts("hosts", domain.getValue()))
                .objects(
                        "rules",
                        placement.rules(),
                        (inner, rule) -> inner.field("name", rule.name())
                                .field("kind", kind(rule))
                                .field("hard", rule.hard())
                                .texts("guests", texts(rule.guests()))
                                .texts("hosts", rule.hosts()));
    }

    private static void write(Json json, RegisterPlace place) {
        Optional<EtcdSettings> etcd =
                place instanceof RegisterPlace.Etcd one ? Optional.of(one.settings()) : Optional.empty();
        json.text(
                        "directory",
                        place instanceof RegisterPlace.Directory one
                                ? Optional.of(one.path().toString())
                                : Optional.empty())
                .object(
                        "etcd",
                        etcd,
                        (inner, settings) -> inner.texts(
                                        "endpoints",
                                        settings.endpoints().stream()
                                                .map(URI::toString)
                                                .toList())
                                .field("prefix", settings.prefix()));
    }

    /** The origin of a key, or of what it is a part of. */
    private static String origin(Configuration configuration, String key) {
        for (String part = key; !part.isEmpty(); part = part.substring(0, Math.max(0, part.lastIndexOf('.')))) {
            String found = configuration.origins().get(part);
            if (found != null) {
                return found;
            }
        }
        return "";
    }

    private void write(Json json, Configuration configuration) {
        json.objects(
                "hosts",
                configuration.hosts(),
                (inner, host) -> inner.field("name", host.name())
                        .field("uri", host.uri().text())
                        .text("captureAddress", host.captureAddress())
                        .text("migrationAddress", host.migrationAddress())
                        .objects(
                                "fence",
                                configuration.standby().fence(host.name()),
                                (level, devices) -> level.objects(
                                        "devices",
                                        devices,
                                        (device, settings) -> device.field("name", settings.name())
                                                .field("agent", settings.agent())
                                                .text("ip", settings.address()))));
        json.field("store", configuration.store().toString())
                .object(
                        "storeS3",
                        Optional.of(configuration.storeS3())
                                .filter(s3 -> configuration.store() instanceof StoreLocation.Bucket),
                        ConfigShow::write)
                .text("storeKey", configuration.storeKey().map(KeyOrigin::shown))
                .field("storeReserveBytes", configuration.storeReserveBytes())
                .field("state", configuration.stateDirectory().toString())
                .field("insecure", configuration.insecure())
                .duration("maxPauseMillis", configuration.maxPause())
                .objects("policies", configuration.policies().all(), ConfigShow::write)
                .object("placement", inner -> write(inner, configuration.placement()))
                .object("register", configuration.standby().register(), ConfigShow::write)
                .duration("watchdogMillis", configuration.standby().watchdog())
                .texts("evidence", configuration.standby().asked() ? evidence(configuration) : List.of())
                .text("epochs", configuration.standby().epochs().map(Path::toString));
        if (origin) {
            json.object("origins", inner -> new TreeMap<>(configuration.origins()).forEach(inner::field));
        }
    }
}
