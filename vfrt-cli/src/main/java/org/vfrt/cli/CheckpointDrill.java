package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.drill.DrillCheckpoint;
import org.vfrt.core.drill.DrillNetwork;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.policy.PlanDrills;
import org.vfrt.core.policy.PlanRun;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt checkpoint drill}. Made for cron, too: with {@code -q} it prints what did not pass only. */
@Command(
        description =
                "Try a checkpoint: restore it as a second copy that meets nobody, wait for a sign of life, and take the copy away again."
                        + " The guest itself is not touched.",
        sortOptions = false)
final class CheckpointDrill implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "GUEST|ID",
            arity = "0..1",
            description =
                    "A guest, for its newest checkpoint; or a checkpoint's id, or a unique beginning or end of it. With '--list' only the"
                            + " drills of this guest.")
    private @Nullable String what;

    @Option(
            names = "--all-due",
            description =
                    "Try the newest checkpoint of each guest whose policy has a 'drill' that is due, one after another.")
    private boolean allDue;

    @Option(names = "--list", description = "List what came of drills. Asks no host.")
    private boolean list;

    @Option(
            names = "--sign",
            paramLabel = "SIGN",
            description =
                    "What has to be seen of the copy: runs, console=REGEX, xenstore=KEY, tcp=ADDRESS:PORT or script=/PATH. The default is what"
                            + " the guest's policy says, or runs, which is weak.")
    private @Nullable String sign;

    @Option(
            names = "--within",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "How long the sign is waited for; the default is what the policy says, or 60s.")
    private @Nullable Duration within;

    @Option(
            names = "--network",
            paramLabel = "none|private",
            description =
                    "Whether the copy has no network, or is on bridges that lead nowhere; the default is what the policy says, or what the sign"
                            + " needs.")
    private @Nullable String network;

    @Option(
            names = "--to",
            paramLabel = "HOST",
            description = "Try it on this host; else where 'checkpoint restore' would bring it.")
    private @Nullable String host;

    @Option(names = "--dry-run", description = "Check, say what would be tried and where, and change nothing.")
    private boolean dryRun;

    @Mixin
    private LockWait lockWait = new LockWait();

    CheckpointDrill(Session session) {
        this.session = session;
    }

    /** One drill, or a guest that has none to hold, or a host that did not answer. */
    private record Row(
            Optional<String> guest,
            Optional<UUID> uuid,
            Optional<String> host,
            Optional<String> policy,
            String word,
            Optional<DrillRecord> record,
            String hostReason,
            Optional<Failure> failure,
            List<String> notes) {

        static Row of(PlanRun.Trouble trouble) {
            return new Row(
                    trouble.guest(),
                    Optional.empty(),
                    trouble.host(),
                    Optional.empty(),
                    DrillRecord.Result.NOT_RUN.text(),
                    Optional.empty(),
                    "",
                    Optional.of(trouble.failure()),
                    List.of());
        }

        static Row of(PlanDrills.Planned planned, String word, Optional<Failure> failure) {
            return new Row(
                    Optional.of(planned.guest().name()),
                    Optional.of(planned.guest().uuid()),
                    Optional.empty(),
                    Optional.of(planned.policyName()),
                    word,
                    Optional.empty(),
                    "",
                    failure,
                    List.of());
        }

        static Row of(Optional<String> policy, DrillCheckpoint.Outcome outcome, boolean dryRun) {
            DrillRecord record = outcome.record();
            boolean ready = dryRun && outcome.failure().isEmpty();
            return new Row(
                    Optional.of(record.guestName()),
                    Optional.of(record.guest()),
                    record.host(),
                    policy,
                    ready ? "ready" : record.result().text(),
                    Optional.of(record),
                    outcome.hostReason(),
                    outcome.failure(),
                    outcome.notes());
        }
    }

    @Override
    public Integer call() {
        if (list) {
            refuse(allDue || dryRun || sign != null || host != null || within != null || network != null);
            return list();
        }
        if (allDue == (what != null)) {
            throw new BadInput(
                    "which-drills", "this needs either a guest or '--all-due'", "See 'vfrt checkpoint drill --help'.");
        }
        refuse(allDue && (sign != null || host != null || within != null || network != null));
        List<String> settled = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        if (allDue) {
            session.interruption().shelter("checkpoint drill", () -> allDue(rows, settled));
        } else {
            one(rows, settled);
        }
        session.print(
                json -> json.field("dryRun", dryRun)
                        .objects("results", rows, CheckpointDrill::write)
                        .texts("settled", settled)
                        .objects("unsettled", session.unsettled(), Problem::write),
                out -> {
                    // Cron mails whatever is printed.
                    if (!allDue || !session.quiet()) {
                        table(rows).print(out);
                    }
                });
        rows.forEach(row -> {
            session.notes(row.notes());
            weak(row);
        });
        return end(rows);
    }

    private static void refuse(boolean contradiction) {
        if (contradiction) {
            throw new BadInput(
                    "options-contradict",
                    "these options do not go together",
                    "'--list' goes alone; '--all-due' takes all else from the policies.");
        }
    }

    private void one(List<Row> rows, List<String> settled) {
        Operations operations = session.operations();
        Manifest manifest = operations.findUsableCheckpoint(String.valueOf(what));
        Optional<DrillOrder> policy = operations.drillOrder(manifest);
        DrillOrder order = order(policy);
        session.interruption().shelter("checkpoint drill", () -> {
            settled.addAll(session.settle());
            rows.add(Row.of(
                    Optional.empty(),
                    drill(new DrillCheckpoint.Request(
                            String.valueOf(what),
                            Optional.empty(),
                            Optional.ofNullable(host),
                            order,
                            dryRun,
                            lockWait.duration())),
                    dryRun));
        });
    }

    private DrillOrder order(Optional<DrillOrder> policy) {
        Sign looked =
                sign != null ? Sign.parse(sign) : policy.map(DrillOrder::sign).orElseGet(Sign::usual);
        DrillNetwork wanted = network != null
                ? DrillNetwork.parse(network)
                : sign == null && policy.isPresent() ? policy.get().network() : DrillOrder.networkFor(looked);
        if (within != null && within.isZero()) {
            throw new BadInput(
                    "bad-duration", "'--within' is zero, and nothing is seen in no time", "Say for example 60s.");
        }
        Duration patience =
                within != null ? within : policy.map(DrillOrder::within).orElse(DrillOrder.WITHIN);
        return new DrillOrder(policy.map(DrillOrder::every).orElse(Duration.ofDays(7)), looked, patience, wanted);
    }

    @SuppressWarnings("try") // the lock is held, and nothing else is done with it
    private void allDue(List<Row> rows, List<String> settled) {
        Operations operations = session.operations();
        try (GuestLock alone = operations.lockDrills(lockWait.duration())) {
            settled.addAll(session.settle());
            PlanDrills.Plan plan = operations.planDrills();
            plan.guests().forEach(planned -> rows.add(planned(planned)));
            plan.troubles().forEach(trouble -> rows.add(Row.of(trouble)));
        }
    }

    private Row planned(PlanDrills.Planned planned) {
        if (!planned.due()) {
            return Row.of(planned, "not due", Optional.empty());
        }
        String guest = planned.guest().name();
        if (session.interruption().requested()) {
            return Row.of(
                    planned,
                    DrillRecord.Result.NOT_RUN.text(),
                    Optional.of(new Failed(
                            "interrupted", "the drill of guest '" + guest + "' was not begun: interrupted", "")));
        }
        try {
            return Row.of(
                    Optional.of(planned.policyName()),
                    drill(new DrillCheckpoint.Request(
                            // By its UUID: two guests of one name can be on two hosts.
                            planned.guest().uuid().toString(),
                            Optional.of(planned.guest()),
                            Optional.empty(),
                            planned.order(),
                            dryRun,
                            lockWait.duration())),
                    dryRun);
        } catch (Failure e) {
            return Row.of(planned, DrillRecord.Result.NOT_RUN.text(), Optional.of(e));
        }
    }

    private DrillCheckpoint.Outcome drill(DrillCheckpoint.Request request) {
        return session.watching(
                request.what(),
                progress -> session.operations().drillCheckpoint(request, session.interruption()::requested, progress));
    }

    private void weak(Row row) {
        row.record()
                .filter(record -> record.weak() && record.result() == DrillRecord.Result.PASSED)
                .ifPresent(
                        record -> session.note(
                                "guest '" + record.guestName()
                                        + "': that the copy runs is a weak sign, which a guest of dead services shows too; name a better one with 'sign'"));
    }

    private int end(List<Row> rows) {
        List<Failure> failures =
                rows.stream().flatMap(row -> row.failure().stream()).toList();
        if (failures.isEmpty()) {
            return ExitCode.DONE.number();
        }
        Problem problem = Problem.among(
                rows.size(),
                failures,
                failures.size() + " of " + rows.size() + " guests or hosts had no drill that passed");
        // A checkpoint that is not what it should be must not hide behind "some failed".
        return session.report(
                rows.size() > 1 && failures.stream().anyMatch(Damaged.class::isInstance)
                        ? problem.endingWith("drill-failed", ExitCode.DAMAGED)
                        : problem);
    }

    private int list() {
        List<DrillRecord> records = session.operations().drills().stream()
                .filter(record -> what == null
                        || record.guestName().equals(what)
                        || record.guest().toString().equals(what))
                .toList();
        session.print(json -> json.objects("drills", records, CheckpointDrill::writeRecord), out -> {
            Table table = Table.titled("BEGUN", "GUEST", "CHECKPOINT", "HOST", "RESULT", "REASON", "RTO", "SIGN");
            records.forEach(record -> table.row(
                    Amounts.time(record.begun()),
                    record.guestName(),
                    record.checkpoint().orElse(""),
                    record.host().orElse(""),
                    record.result().text(),
                    record.code(),
                    record.rto().map(Amounts::duration).orElse(""),
                    sign(record)));
            table.print(out);
        });
        return ExitCode.DONE.number();
    }

    /** Returns what was looked for, and whether that says little. */
    static String sign(DrillRecord record) {
        return record.weak() ? record.sign() + " (weak)" : record.sign();
    }

    private static Table table(List<Row> rows) {
        Table table = Table.titled(
                "GUEST", "CHECKPOINT", "HOST", "RESULT", "RTO", "OF IT DISKS", "MEMORY", "SIGN OF LIFE", "LOOKED FOR");
        for (Row row : rows) {
            Optional<DrillRecord> record = row.record();
            table.row(
                    row.guest().orElse(""),
                    record.flatMap(DrillRecord::checkpoint).orElse(""),
                    row.host().orElse(""),
                    row.word(),
                    record.flatMap(DrillRecord::rto).map(Amounts::duration).orElse(""),
                    record.flatMap(DrillRecord::disks).map(Amounts::duration).orElse(""),
                    record.flatMap(DrillRecord::memory).map(Amounts::duration).orElse(""),
                    record.flatMap(DrillRecord::signOfLife)
                            .map(Amounts::duration)
                            .orElse(""),
                    record.map(CheckpointDrill::sign).orElse(""));
        }
        return table;
    }

    private static void write(Json json, Row row) {
        json.text("guest", row.guest())
                .text("guestUuid", row.uuid().map(UUID::toString))
                .text("host", row.host())
                .text("hostReason", Optional.of(row.hostReason()).filter(reason -> !reason.isEmpty()))
                .text("policy", row.policy())
                .field("result", row.word());
        json.object("drill", row.record(), CheckpointDrill::writeRecord);
        json.texts("notes", row.notes());
        json.object(
                "error", row.failure(), (inner, failure) -> Problem.of(failure).writeTo(inner));
    }

    /** Writes what is kept of a drill. */
    static void writeRecord(Json json, DrillRecord record) {
        json.field("guest", record.guestName())
                .field("guestUuid", record.guest().toString())
                .text("checkpoint", record.checkpoint())
                .text("host", record.host())
                .field("begun", record.begun())
                .field("result", record.result().text())
                .text("code", Optional.of(record.code()).filter(code -> !code.isEmpty()))
                .text("text", Optional.of(record.text()).filter(text -> !text.isEmpty()))
                .field("sign", record.sign())
                .field("weak", record.weak())
                .duration("rtoMillis", record.rto())
                .duration("disksMillis", record.disks())
                .duration("memoryMillis", record.memory())
                .duration("signOfLifeMillis", record.signOfLife());
    }
}
