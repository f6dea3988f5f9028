package org.vfrt.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Problem;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.migrate.ApplyPlan;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.migrate.Migrated;
import org.vfrt.core.migrate.PlanMigrations;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.Contribution;
import org.vfrt.core.placement.LearnedFrom;
import org.vfrt.core.placement.Metric;
import org.vfrt.core.placement.Plan;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PlanJson;
import org.vfrt.core.placement.PlannedMove;
import org.vfrt.core.placement.Rejection;
import org.vfrt.core.placement.Score;
import org.vfrt.core.text.Amounts;

/**
 * Shows a plan, and what became of it.
 *
 * @param steps what became of each move; empty when the plan was not applied
 * @param idle why there is nothing to do
 * @param notes what an operator should know
 */
record PlanReport(
        PlanDocument document,
        Optional<List<ApplyPlan.Step>> steps,
        Optional<Reason> idle,
        List<PlanMigrations.Held> held,
        List<String> notes,
        List<String> settled) {

    private static final double LEAST_SHOWN = 5e-7;

    /** Prints all of it, and returns the code to end with. */
    int print(Session session, boolean explain) {
        session.print(json -> write(json, session), out -> {
            List<Table> tables = new ArrayList<>();
            if (!document.moves().isEmpty()) {
                tables.add(steps.map(PlanReport::results).orElseGet(() -> moves(document)));
            }
            if (steps.isEmpty()
                    || count(steps.get(), ApplyPlan.Result.DONE) == steps.get().size()) {
                // What a plan would have led to says nothing of a pool in which it was not carried out.
                tables.add(scores(document.plan()));
            }
            if (explain && !document.moves().isEmpty()) {
                tables.add(contributions(document));
                tables.add(candidates(document));
            }
            print(tables, out);
        });
        idle.ifPresent(reason -> session.note(withHint(reason.text(), reason)));
        if (explain || idle.isPresent()) {
            held.forEach(one -> session.note(stays(one)));
        }
        session.notes(notes);
        steps.ifPresent(all -> all.stream()
                .flatMap(step -> step.outcome().stream())
                .forEach(outcome -> session.notes(outcome.notes())));
        return steps.map(all -> end(session, all)).orElse(ExitCode.DONE.number());
    }

    private static String stays(PlanMigrations.Held held) {
        String name = "guest '" + held.guest() + "'";
        String why = held.why().text();
        return name + " on host '" + held.host() + "' stays: "
                + withHint(why.startsWith(name + ": ") ? why.substring(name.length() + 2) : why, held.why());
    }

    private static String withHint(String text, Reason reason) {
        return reason.hint().isEmpty() ? text : text + System.lineSeparator() + "HINT: " + reason.hint();
    }

    private static void print(List<Table> tables, PrintWriter out) {
        for (int i = 0; i < tables.size(); i++) {
            if (i > 0) {
                out.println();
            }
            tables.get(i).print(out);
        }
    }

    private static int end(Session session, List<ApplyPlan.Step> steps) {
        List<Failure> failures = new ArrayList<>(
                steps.stream().flatMap(step -> step.failure().stream()).toList());
        long done = count(steps, ApplyPlan.Result.DONE);
        long left = count(steps, ApplyPlan.Result.NOT_BEGUN);
        if (failures.isEmpty() && left == 0) {
            return ExitCode.DONE.number();
        }
        if (failures.isEmpty()) {
            failures.add(new Failed("interrupted", left + " move(s) were not begun: interrupted", ""));
        }
        String message = done + " of " + steps.size() + " moves were done, " + left + " were not begun";
        return session.report(Problem.among(done == 0 ? failures.size() : steps.size(), failures, message));
    }

    private static long count(List<ApplyPlan.Step> steps, ApplyPlan.Result result) {
        return steps.stream().filter(step -> step.result() == result).count();
    }

    private static Table moves(PlanDocument document) {
        Table table = Table.titled("WAVE", "GUEST", "FROM", "TO", "MEMORY", "PREDICTED TIME", "PREDICTED PAUSE", "WHY");
        int wave = 0;
        for (List<PlannedMove> moves : document.waves()) {
            wave++;
            for (PlannedMove move : moves) {
                table.row(
                        String.valueOf(wave),
                        move.move().guest(),
                        move.move().from(),
                        move.move().to(),
                        Amounts.bytes(move.memoryBytes()),
                        predicted(Amounts.duration(move.predicted()), move.learnedFrom()),
                        predicted(Amounts.duration(move.predictedPause()), move.learnedFrom()),
                        move.reason());
            }
        }
        return table;
    }

    private static Table results(List<ApplyPlan.Step> steps) {
        Table table = Table.titled("WAVE", "GUEST", "FROM", "TO", "RESULT", "TOOK", "PAUSE", "PREDICTED PAUSE");
        for (ApplyPlan.Step step : steps) {
            Optional<Migrated> migrated = step.outcome().flatMap(MigrateGuest.Outcome::migrated);
            table.row(
                    String.valueOf(step.wave()),
                    step.planned().move().guest(),
                    step.planned().move().from(),
                    step.planned().move().to(),
                    word(step.result()),
                    migrated.map(one -> Amounts.duration(one.took())).orElse(""),
                    migrated.flatMap(Migrated::pause).map(Amounts::duration).orElse(""),
                    predicted(
                            Amounts.duration(step.planned().predictedPause()),
                            step.planned().learnedFrom()));
        }
        return table;
    }

    private static Table scores(Plan plan) {
        Score before = plan.before();
        Score after = plan.after();
        return Table.titled("SCORE", "BEFORE", "AFTER")
                .row(
                        "rules and limits broken, guests that must go",
                        number(before.violations()),
                        number(after.violations()))
                .row(
                        "without a place when a host dies",
                        Amounts.bytes(before.shortfallBytes()),
                        Amounts.bytes(after.shortfallBytes()))
                .row(
                        "soft rules broken",
                        String.valueOf(before.softViolations()),
                        String.valueOf(after.softViolations()))
                .row("overload", number(100 * before.overload()), number(100 * after.overload()))
                .row("index of imbalance", number(before.index(Metric.BALANCE)), number(after.index(Metric.BALANCE)));
    }

    private static Table contributions(PlanDocument document) {
        Table table = Table.titled("MOVE", "TO", "PART", "RESOURCE", "OF HOST", "ADDED");
        for (PlannedMove move : document.moves()) {
            for (Contribution one : move.contributions()) {
                // Where all hosts are alike the mean stays what it was, but for the rounding.
                if (Math.abs(one.added()) < LEAST_SHOWN) {
                    continue;
                }
                table.row(
                        move.move().guest(),
                        move.move().to(),
                        word(one.part()),
                        one.resource().map(PlanReport::word).orElse(""),
                        one.host().orElse(one.resource().isPresent() ? "the mean" : ""),
                        exact(one.part(), one.added()));
            }
        }
        for (Contribution.Part part : Contribution.Part.values()) {
            double sum = document.moves().stream()
                    .flatMap(move -> move.contributions().stream())
                    .filter(one -> one.part() == part)
                    .mapToDouble(Contribution::added)
                    .sum();
            table.row("all", "", word(part), "", "", exact(part, sum));
        }
        return table;
    }

    private static Table candidates(PlanDocument document) {
        Table table = Table.titled("MOVE", "OTHER HOST", "CODE", "WHY NOT");
        for (PlannedMove move : document.moves()) {
            for (Candidate candidate : move.candidates()) {
                if (candidate.accepted()) {
                    table.row(move.move().guest(), candidate.host(), "", "less gain, alone or with the other moves");
                }
                for (Rejection rejection : candidate.rejections()) {
                    table.row(move.move().guest(), candidate.host(), word(rejection.code()), rejection.text());
                }
            }
        }
        return table;
    }

    private void write(Json json, Session session) {
        json.field("dryRun", steps.isEmpty()).keys(generator -> PlanJson.write(generator, document));
        json.object("idle", idle, Problem::write);
        json.objects(
                "held",
                held,
                (inner, one) -> inner.field("guest", one.guest())
                        .field("host", one.host())
                        .field("code", one.why().code())
                        .field("text", one.why().text())
                        .field("hint", one.why().hint()));
        json.objects("results", steps.orElse(List.of()), PlanReport::write);
        json.texts("notes", notes).texts("settled", settled).objects("unsettled", session.unsettled(), Problem::write);
    }

    private static void write(Json json, ApplyPlan.Step step) {
        Optional<Migrated> migrated = step.outcome().flatMap(MigrateGuest.Outcome::migrated);
        json.field("guest", step.planned().move().guest())
                .field("from", step.planned().move().from())
                .field("to", step.planned().move().to())
                .field("wave", step.wave())
                .field("result", word(step.result()))
                .duration("tookMillis", migrated.map(Migrated::took))
                .duration("pauseMillis", migrated.flatMap(Migrated::pause))
                .texts("notes", step.outcome().map(MigrateGuest.Outcome::notes).orElse(List.of()));
        json.object(
                "error", step.failure(), (inner, failure) -> Problem.of(failure).writeTo(inner));
    }

    /** Nobody shall take for learned what is assumed. */
    static String predicted(String amount, LearnedFrom from) {
        return from == LearnedFrom.NOTHING ? amount + " (assumed)" : amount;
    }

    static String word(Enum<?> constant) {
        String separator = constant instanceof ApplyPlan.Result ? " " : "-";
        return constant.name().toLowerCase(Locale.ROOT).replace("_", separator);
    }

    private static String number(double value) {
        return String.valueOf(Math.round(10 * value) / 10.0);
    }

    private static String exact(Contribution.Part part, double value) {
        return part == Contribution.Part.SHORTFALL ? Candidates.mebibytes(value) : exact(value);
    }

    private static String exact(double value) {
        return String.format(Locale.ROOT, "%+.6f", value);
    }
}
