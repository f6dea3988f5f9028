package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.policy.RecoveryPreference;
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
                            + " what the guest's policy says under 'recover', else memory,cold-current,cold-paired.")
    private List<RestoreForm> forms = new ArrayList<>();

    @Mixin
    private BringBack bringBack = new BringBack();

    CheckpointRecover(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Operations operations = session.operations();
        Manifest manifest = operations.findUsableCheckpoint(what);
        RecoveryPreference preference = operations.recoveryPreference(manifest, forms);
        bringBack.run(
                session,
                "checkpoint recover",
                manifest,
                what,
                progress -> operations.recoverGuest(request(manifest, preference), this::announce, progress),
                RecoverGuest.Outcome::restored,
                (json, outcome) -> write(json, outcome, preference),
                this::table);
        preference.policy().ifPresent(policy -> session.note("the forms are those of policy '" + policy + "'"));
        return ExitCode.DONE.number();
    }

    /** Tells a person what is about to be lost, while there is time to stop it. */
    private void announce(List<RecoverGuest.Prospect> prospects) {
        if (session.watched() && !bringBack.dryRun()) {
            prospects.stream()
                    .filter(RecoverGuest.Prospect::open)
                    .findFirst()
                    .ifPresent(one -> session.note("guest '" + what + "' comes back in form "
                            + one.form().text() + ", which loses of its memory " + ofMemory(one) + ", of its disks "
                            + ofDisks(one)));
        }
    }

    private RecoverGuest.Request request(Manifest manifest, RecoveryPreference preference) {
        return new RecoverGuest.Request(
                manifest.id().text(),
                bringBack.host(),
                bringBack.sharedDisks(),
                bringBack.goneHost(),
                preference.forms(),
                bringBack.dryRun(),
                bringBack.lockWait().duration());
    }

    private Table table(RecoverGuest.Outcome outcome) {
        Table table = Table.titled(
                "FORM", "LOSES OF MEMORY", "LOSES OF DISKS", "OPEN", bringBack.dryRun() ? "WOULD BE DONE" : "DONE");
        for (RecoverGuest.Prospect prospect : outcome.prospects()) {
            boolean chosen = prospect.form() == outcome.chosen();
            table.row(
                    prospect.form().text(),
                    ofMemory(prospect),
                    ofDisks(prospect),
                    prospect.open()
                            ? "yes"
                            : prospect.obstacles().stream().map(Reason::text).collect(Collectors.joining("; ")),
                    chosen ? done(outcome) : "");
        }
        return table;
    }

    private String done(RecoverGuest.Outcome outcome) {
        String where = "on " + outcome.restored().hostName();
        return bringBack.dryRun()
                ? where
                : where + " in " + Amounts.duration(outcome.restored().took());
    }

    private static String ofMemory(RecoverGuest.Prospect prospect) {
        return prospect.memoryLost() ? "all" : since(prospect.age());
    }

    private static String ofDisks(RecoverGuest.Prospect prospect) {
        return prospect.disksLost().isZero() ? "nothing" : since(prospect.disksLost());
    }

    private static String since(Duration age) {
        return "the last " + Amounts.duration(age);
    }

    private static void write(Json json, RecoverGuest.Outcome outcome, RecoveryPreference preference) {
        json.field("form", outcome.chosen().text())
                .text("policy", preference.policy())
                .objects("prospects", outcome.prospects(), CheckpointRecover::writeProspect);
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
