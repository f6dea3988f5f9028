package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint recover}. As a restore it does not ask: its rules keep it from destroying anything. */
@Command(
        description =
                "Bring a guest back that is gone, in the best form that is open: as it was at its newest checkpoint, or started anew."
                        + " Says what each form would lose.",
        sortOptions = false)
final class CheckpointRecover implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "GUEST|ID", description = "A guest, for its newest checkpoint; or a checkpoint's id.")
    private String what = "";

    @Option(
            names = "--form",
            paramLabel = "FORM",
            split = ",",
            converter = RestoreFormConverter.class,
            description =
                    "The forms that will do, the best first, with commas between: memory (it goes on, over the states of its disks of"
                            + " then), cold-current (it starts over its disks as they are now), cold-paired (over their states of then). The default is"
                            + " memory,cold-current,cold-paired.")
    private List<RestoreForm> forms = new ArrayList<>();

    @Option(
            names = "--to",
            paramLabel = "HOST",
            description = "Bring it back on this host; else as 'checkpoint restore' chooses.")
    private @Nullable String host;

    @Option(
            names = "--origin-is-gone",
            paramLabel = "HOST",
            description =
                    "As with 'checkpoint restore': the host it was on, typed out by someone who knows that it cannot be running there.")
    private @Nullable String goneHost;

    @Option(
            names = "--dry-run",
            description = "Say what each form would lose and which one it would be, and change nothing.")
    private boolean dryRun;

    @Mixin
    private LockWait lockWait = new LockWait();

    CheckpointRecover(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        Manifest manifest = operations.findUsableCheckpoint(what);
        List<String> settled = new ArrayList<>();
        List<RecoverGuest.Outcome> outcomes = new ArrayList<>();
        session.interruption().shelter("checkpoint recover", () -> {
            settled.addAll(session.settle());
            session.progress(
                    manifest.guestName(),
                    progress -> outcomes.add(operations.recoverGuest(request(manifest), progress)));
        });
        RecoverGuest.Outcome outcome = outcomes.get(0);
        List<String> notes = new ArrayList<>(outcome.restored().notes());
        notes.addAll(operations.leftOut(manifest, what));
        session.print(
                json -> write(json, outcome, notes, settled),
                out -> table(outcome).print(out));
        session.notes(notes);
        return ExitCode.DONE.number();
    }

    private RecoverGuest.Request request(Manifest manifest) {
        return new RecoverGuest.Request(
                manifest.id().text(),
                Optional.ofNullable(host),
                Optional.ofNullable(goneHost),
                forms.isEmpty()
                        ? RecoverGuest.PREFERENCE
                        : forms.stream().distinct().toList(),
                dryRun,
                lockWait.duration());
    }

    private Table table(RecoverGuest.Outcome outcome) {
        Table table =
                Table.titled("FORM", "LOSES OF MEMORY", "LOSES OF DISKS", "OPEN", dryRun ? "WOULD BE DONE" : "DONE");
        for (RecoverGuest.Prospect prospect : outcome.prospects()) {
            boolean chosen = prospect.form() == outcome.chosen();
            table.row(
                    prospect.form().text(),
                    prospect.memoryLost() ? "all" : since(age(outcome)),
                    prospect.disksLost().isZero() ? "nothing" : since(prospect.disksLost()),
                    prospect.open()
                            ? "yes"
                            : prospect.obstacles().stream().map(Reason::text).collect(Collectors.joining("; ")),
                    chosen ? done(outcome) : "");
        }
        return table;
    }

    private String done(RecoverGuest.Outcome outcome) {
        String where = "on " + outcome.restored().hostName();
        return dryRun
                ? where
                : where + " in " + Amounts.duration(outcome.restored().took());
    }

    private static Duration age(RecoverGuest.Outcome outcome) {
        return outcome.prospects().stream()
                .map(RecoverGuest.Prospect::age)
                .findFirst()
                .orElse(Duration.ZERO);
    }

    private static String since(Duration age) {
        return "the last " + Amounts.duration(age);
    }

    private void write(Json json, RecoverGuest.Outcome outcome, List<String> notes, List<String> settled) {
        json.field("dryRun", dryRun)
                .field("guest", outcome.restored().guestName())
                .field("host", outcome.restored().hostName())
                .field("hostReason", outcome.restored().hostReason())
                .field("form", outcome.chosen().text())
                .objects("prospects", outcome.prospects(), CheckpointRecover::writeProspect);
        json.duration(
                "tookMillis",
                dryRun ? Optional.empty() : Optional.of(outcome.restored().took()));
        json.object("checkpoint", inner -> CheckpointShow.write(inner, outcome.manifest()));
        json.texts("notes", notes).texts("settled", settled).objects("unsettled", session.unsettled(), Problem::write);
    }

    private static void writeProspect(Json json, RecoverGuest.Prospect prospect) {
        json.field("form", prospect.form().text())
                .field("open", prospect.open())
                .field("memoryLost", prospect.memoryLost())
                .field("sinceMillis", prospect.age())
                .field("disksLostMillis", prospect.disksLost())
                .objects("obstacles", prospect.obstacles(), Problem::write);
    }
}
