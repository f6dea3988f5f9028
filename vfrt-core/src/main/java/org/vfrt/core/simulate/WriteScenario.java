package org.vfrt.core.simulate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.config.Durations;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** Writes a scenario into one file, which {@link ReadScenario} reads as the same. */
public final class WriteScenario {

    private static final String OTHER_NAME = "Name a file that is not there, in a directory that is.";

    /** @throws BadInput when there is something already, or no place for it */
    public void write(Scenario scenario, Path file) {
        try {
            DurableFiles.write(file, text(scenario).getBytes(StandardCharsets.UTF_8));
        } catch (FileAlreadyExistsException e) {
            throw new BadInput("scenario-exists", "'" + file + "' is there already", OTHER_NAME);
        } catch (IOException e) {
            throw new Failed(
                    "scenario-not-written", "'" + file + "' cannot be written: " + e.getMessage(), OTHER_NAME, e);
        }
    }

    private static String text(Scenario scenario) {
        Map<String, Object> hosts = new LinkedHashMap<>();
        scenario.hosts().forEach(host -> hosts.put(host.name(), host(host)));
        Map<String, Object> guests = new LinkedHashMap<>();
        scenario.guests().forEach(guest -> guests.put(guest.name(), guest(guest)));
        Map<String, Object> world = new LinkedHashMap<>();
        world.put("hosts", hosts);
        world.put("guests", guests);
        world.put("machines", scenario.machines());
        world.put(
                "evidence",
                scenario.rules().evidence().stream()
                        .map(WriteScenario::word)
                        .sorted()
                        .toList());
        world.put("fence_within", Durations.format(scenario.rules().fenceWithin()));
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("world", world);
        whole.put("steps", scenario.steps().stream().map(Scenario.Step::text).toList());
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        return "# A rehearsal for 'vfrt simulate'; docs/simulate.md has the words.\n" + new Yaml(options).dump(whole);
    }

    private static Map<String, Object> host(Scenario.HostWish host) {
        Map<String, Object> map = new LinkedHashMap<>();
        host.room().ifPresent(room -> map.put("room", room));
        host.memoryMib().ifPresent(memory -> map.put("memory_mib", memory));
        map.put("installed", host.installed());
        host.watchdog().ifPresent(watchdog -> map.put("watchdog", Durations.format(watchdog)));
        if (!host.fence().isEmpty()) {
            map.put("fence", host.fence());
        }
        return map;
    }

    private static Map<String, Object> guest(Scenario.GuestWish guest) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("host", guest.on());
        map.put("memory_mib", guest.memoryMib());
        map.put("protected", guest.isProtected());
        guest.standby().ifPresent(host -> map.put("standby", host));
        map.put("tier", word(guest.tier()));
        map.put("interval", Durations.format(guest.interval()));
        map.put("priority", guest.priority());
        if (!guest.after().isEmpty()) {
            map.put("after", List.copyOf(guest.after()));
        }
        map.put("recover", guest.recover().stream().map(RestoreForm::text).toList());
        map.put("returns", guest.returns());
        map.put("disks", guest.copied() ? "copied" : "shared");
        map.put("autostart", guest.autostart());
        map.put("capture", Durations.format(guest.capture()));
        map.put("start", Durations.format(guest.start()));
        map.put("healthy", Durations.format(guest.healthy()));
        return map;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
