package org.vfrt.core.simulate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.standby.StandbyRules;
import org.vfrt.core.standby.Tier;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads a scenario: a folder with {@code world.yaml} and {@code steps.yaml}, or one file with both under {@code world} and {@code steps}. */
public final class ReadScenario {

    private static final int BYTES_MAX = 1 << 20;
    private static final Set<String> WORLD = Set.of("hosts", "guests", "machines", "rules", "evidence", "fence_within");
    private static final Set<String> HOST = Set.of("room", "memory_mib", "installed", "watchdog", "fence");
    private static final Set<String> GUEST = Set.of(
            "host",
            "memory_mib",
            "protected",
            "standby",
            "tier",
            "interval",
            "priority",
            "after",
            "recover",
            "returns",
            "disks",
            "autostart",
            "capture",
            "start",
            "healthy");
    private static final Set<String> RULES = Set.of(
            "hosts_most",
            "hosts_within",
            "guest_most",
            "health_within",
            "patience",
            "captures_at_once",
            "back_off_most",
            "rejoins");

    private final List<Reason> mistakes = new ArrayList<>();

    /**
     * Reads it. To be called once.
     *
     * @throws NotFound when there is nothing
     * @throws BadInput with all mistakes
     */
    public Scenario read(Path path) {
        Tree world;
        @Nullable Object steps;
        String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
        if (Files.isDirectory(path)) {
            world = Tree.of("world.yaml", yaml(path.resolve("world.yaml")), WORLD, mistakes);
            steps = yaml(path.resolve("steps.yaml"));
        } else {
            Tree whole = Tree.of(name, yaml(path), Set.of("world", "steps"), mistakes);
            world = whole.tree("world", WORLD);
            steps = whole.value("steps");
        }
        List<Scenario.HostWish> hosts = new ArrayList<>();
        Tree hostTrees = world.tree("hosts", Set.of());
        hostTrees.keys().forEach(key -> hosts.add(host(key, hostTrees.tree(key, HOST))));
        List<Scenario.GuestWish> guests = new ArrayList<>();
        Tree guestTrees = world.tree("guests", Set.of());
        guestTrees.keys().forEach(key -> guests.add(guest(key, guestTrees.tree(key, GUEST))));
        List<String> machines = world.words("machines");
        Scenario scenario = new Scenario(
                name, hosts, guests, machines.isEmpty() ? List.of("m1") : machines, rules(world), steps(steps));
        check(scenario);
        if (!mistakes.isEmpty()) {
            throw new BadInput("the scenario '" + path + "' has mistakes", mistakes);
        }
        return scenario;
    }

    private static @Nullable Object yaml(Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new BadInput("bad-scenario", "'" + file + "' is longer than " + BYTES_MAX + " bytes", "");
            }
            return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
        } catch (IOException e) {
            throw new NotFound(
                    "no-such-scenario",
                    "there is no scenario: '" + file + "' cannot be read",
                    "Name a folder with 'world.yaml' and 'steps.yaml', or one file with both.",
                    e);
        } catch (YAMLException e) {
            throw new BadInput("bad-yaml", "'" + file + "' is no YAML: " + e.getMessage(), "");
        }
    }

    private static Scenario.HostWish host(String name, Tree tree) {
        return new Scenario.HostWish(
                name,
                tree.number("room"),
                tree.number("memory_mib"),
                tree.truth("installed", true),
                tree.optionalDuration("watchdog"),
                tree.levels("fence"));
    }

    private static Scenario.GuestWish guest(String name, Tree tree) {
        List<RestoreForm> recover = tree.parsedWords(
                "recover",
                text -> RestoreForm.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_')));
        return new Scenario.GuestWish(
                name,
                tree.text("host").orElse(""),
                tree.number("memory_mib").orElse(0),
                tree.truth("protected", true),
                tree.text("standby"),
                tree.parsed("tier", text -> Tier.valueOf(text.toUpperCase(Locale.ROOT)))
                        .orElse(Tier.WARM),
                tree.duration("interval", Duration.ofSeconds(30)),
                tree.number("priority").orElse(0),
                tree.words("after"),
                recover.isEmpty()
                        ? List.of(RestoreForm.MEMORY, RestoreForm.COLD_CURRENT, RestoreForm.COLD_PAIRED)
                        : recover,
                tree.truth("returns", false),
                tree.text("disks").filter("copied"::equals).isPresent(),
                tree.truth("autostart", false),
                tree.duration("capture", Duration.ofSeconds(5)),
                tree.duration("start", Duration.ofSeconds(10)),
                tree.duration("healthy", Duration.ofSeconds(2)));
    }

    private static Controller.Rules rules(Tree world) {
        Tree tree = world.tree("rules", RULES);
        StandbyRules defaults = StandbyRules.DEFAULT;
        List<Evidence.Kind> evidence = world.parsedWords(
                "evidence",
                text -> Evidence.Kind.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_')));
        return new Controller.Rules(
                new StandbyRules(
                        tree.number("hosts_most").orElse(defaults.hostsMost()),
                        tree.duration("hosts_within", defaults.hostsWithin()),
                        tree.number("guest_most").orElse(defaults.guestMost()),
                        tree.duration("health_within", defaults.healthWithin()),
                        tree.duration("patience", defaults.patience()),
                        tree.number("captures_at_once").orElse(defaults.capturesAtOnce()),
                        tree.duration("back_off_most", defaults.backOffMost()),
                        tree.truth("rejoins", defaults.rejoins())),
                evidence.isEmpty() ? EnumSet.allOf(Evidence.Kind.class) : EnumSet.copyOf(evidence),
                world.duration("fence_within", Duration.ofSeconds(20)));
    }

    private List<Scenario.Step> steps(@Nullable Object value) {
        List<Scenario.Step> steps = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object one : list) {
                String place = "step " + (steps.size() + 1);
                // A colon makes a map of what reads as one sentence, unless it is quoted.
                String text = one instanceof Map<?, ?> map && map.size() == 1
                        ? map.entrySet().iterator().next().getKey() + " : "
                                + map.entrySet().iterator().next().getValue()
                        : String.valueOf(one).replaceFirst(":(?=\\s|$)", " :");
                steps.add(new Scenario.Step(List.of(text.strip().split("\\s+", -1)), place));
            }
        } else if (value != null) {
            mistakes.add(new Reason("bad-scenario", "the steps are not a list", ""));
        }
        return steps;
    }

    private void check(Scenario scenario) {
        Set<String> hosts = new HashSet<>();
        scenario.hosts().forEach(host -> hosts.add(host.name()));
        Set<String> guests = new HashSet<>();
        scenario.guests().forEach(guest -> guests.add(guest.name()));
        if (hosts.isEmpty()) {
            mistakes.add(new Reason("bad-scenario", "there are no hosts", ""));
        }
        for (Scenario.GuestWish guest : scenario.guests()) {
            if (!hosts.contains(guest.on())) {
                mistakes.add(new Reason(
                        "bad-scenario",
                        "guest '" + guest.name() + "' is on host '" + guest.on() + "', which is none",
                        ""));
            }
            guest.standby()
                    .filter(host -> !hosts.contains(host))
                    .ifPresent(host -> mistakes.add(new Reason(
                            "bad-scenario",
                            "the standby host '" + host + "' of guest '" + guest.name() + "' is none",
                            "")));
            guest.after().stream()
                    .filter(other -> !guests.contains(other))
                    .forEach(other -> mistakes.add(new Reason(
                            "bad-scenario",
                            "guest '" + guest.name() + "' is to come after '" + other + "', which is none",
                            "")));
        }
        Set<String> devices = new HashSet<>();
        scenario.hosts().forEach(host -> host.fence().forEach(devices::addAll));
        Words.Names names = new Words.Names(hosts, guests, Set.copyOf(scenario.machines()), devices);
        for (Scenario.Step step : scenario.steps()) {
            new Words(step, names, mistakes).check();
        }
    }
}
