package org.vfrt.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.config.Configuration;
import org.vfrt.core.config.Durations;
import org.vfrt.core.pool.Host;
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
        }
        values.put("store", configuration.storeDirectory().toString());
        values.put("state", configuration.stateDirectory().toString());
        values.put("insecure", String.valueOf(configuration.insecure()));
        values.put("max_pause", configuration.maxPause().map(Durations::format).orElse(""));
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
                        .text("captureAddress", host.captureAddress()));
        json.field("store", configuration.storeDirectory().toString())
                .field("state", configuration.stateDirectory().toString())
                .field("insecure", configuration.insecure())
                .duration("maxPauseMillis", configuration.maxPause());
        if (origin) {
            json.object("origins", inner -> new TreeMap<>(configuration.origins()).forEach(inner::field));
        }
    }
}
