package org.vfrt.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.vfrt.cli.output.Json;
import org.vfrt.cli.output.Table;
import org.vfrt.core.placement.Candidate;
import org.vfrt.core.placement.Contribution;

/** How the hosts that were thought of for a guest are shown, with the reasons for and against each. */
final class Candidates {

    private Candidates() {}

    static Table table(List<Candidate> candidates) {
        Table table = Table.titled("HOST", "TAKEN", "WHY");
        for (Candidate candidate : candidates) {
            table.row(candidate.host(), candidate.accepted() ? "possible" : "no", why(candidate));
        }
        return table;
    }

    private static String why(Candidate candidate) {
        if (!candidate.accepted()) {
            return candidate.rejections().stream()
                    .map(rejection -> rejection.code().text() + ": " + rejection.text())
                    .collect(Collectors.joining("; "));
        }
        String parts = candidate.contributions().stream()
                .filter(one -> Math.abs(one.added()) > 1e-9)
                .map(Candidates::words)
                .collect(Collectors.joining(", "));
        return parts.isEmpty() ? "changes nothing" : parts;
    }

    private static String words(Contribution one) {
        return lower(one.part())
                + one.resource().map(resource -> " " + lower(resource)).orElse("")
                + one.host().map(host -> " on " + host).orElse("")
                + (one.part() == Contribution.Part.SHORTFALL
                        ? " " + mebibytes(one.added())
                        : String.format(Locale.ROOT, " %+.4f", one.added()));
    }

    static String mebibytes(double bytes) {
        return String.format(Locale.ROOT, "%+d MiB", Math.round(bytes / (1 << 20)));
    }

    static void write(Json json, Candidate candidate) {
        json.field("host", candidate.host())
                .field("accepted", candidate.accepted())
                .objects(
                        "rejections",
                        candidate.rejections(),
                        (inner, rejection) ->
                                inner.field("code", rejection.code().text()).field("text", rejection.text()))
                .objects(
                        "contributions",
                        candidate.contributions(),
                        (inner, one) -> inner.field("part", lower(one.part()).replace(' ', '-'))
                                .text("resource", one.resource().map(Candidates::lower))
                                .text("host", one.host())
                                .field("added", one.added()));
    }

    private static String lower(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
