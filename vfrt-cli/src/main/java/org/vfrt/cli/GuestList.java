package org.vfrt.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt guest list}. */
@Command(description = "List the guests on all hosts, running or not.")
final class GuestList implements Callable<Integer> {

    private final Session session;

    @Option(names = "--host", paramLabel = "HOST", description = "List the guests of this host only.")
    private @Nullable String hostName;

    GuestList(Session session) {
        this.session = session;
    }

    /** A guest where it was found. */
    record Row(Host host, Guest guest) {}

    @Override
    public Integer call() {
        Operations operations = session.operations();
        List<Host> hosts = operations.configuration().hosts();
        List<Host> asked = hostName == null ? hosts : List.of(AskHosts.named(hosts, hostName));
        List<AskHosts.Answer<List<Guest>>> answers =
                new AskHosts(operations.hypervisors(), AskHosts.DEADLINE).run(asked, Hypervisor::guests);
        List<Row> rows = rows(answers);
        session.print(
                json -> json.objects("guests", rows, GuestList::write),
                out -> table(rows).print(out));
        return session.end(answers.size(), AskHosts.failures(answers), AskHosts.silence(answers));
    }

    private static List<Row> rows(List<AskHosts.Answer<List<Guest>>> answers) {
        List<Row> rows = new ArrayList<>();
        for (AskHosts.Answer<List<Guest>> answer : answers) {
            answer.value().ifPresent(guests -> guests.forEach(guest -> rows.add(new Row(answer.host(), guest))));
        }
        rows.sort(Comparator.comparing((Row row) -> row.guest().name())
                .thenComparing(row -> row.host().name()));
        return rows;
    }

    private static Table table(List<Row> rows) {
        Table table = Table.titled("GUEST", "HOST", "STATE", "ID", "VCPUS", "MEMORY");
        for (Row row : rows) {
            Guest guest = row.guest();
            table.row(
                    guest.name(),
                    row.host().name(),
                    state(guest.state()),
                    guest.id() < 0 ? "" : String.valueOf(guest.id()),
                    String.valueOf(guest.vcpus()),
                    Amounts.bytes(guest.memoryBytes()));
        }
        return table;
    }

    /** Returns for example {@code shut-off}: one word, so that a table stays fit for awk. */
    static String state(GuestState state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static void write(Json json, Row row) {
        Guest guest = row.guest();
        json.field("name", guest.name())
                .field("uuid", guest.uuid().toString())
                .field("host", row.host().name())
                .field("state", state(guest.state()));
        if (guest.id() < 0) {
            json.nothing("id");
        } else {
            json.field("id", guest.id());
        }
        json.field("vcpus", guest.vcpus())
                .field("memoryBytes", guest.memoryBytes())
                .field("cpuTimeNanos", guest.cpuTime().toNanos())
                .field("persistent", guest.persistent());
    }
}
