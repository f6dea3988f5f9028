package org.vfrt.core.placement;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A plan as JSON. {@link PlanFile} reads it again; docs/scripting.md describes it. */
public final class PlanJson {

    /** Grows when a key changes its meaning. */
    static final int FORMAT_VERSION = 1;

    private PlanJson() {}

    /** Writes the field {@code plan} into an object. */
    public static void write(JsonGenerator json, PlanDocument document) throws IOException {
        Plan plan = document.plan();
        json.writeObjectFieldStart("plan");
        json.writeNumberField("formatVersion", FORMAT_VERSION);
        json.writeStringField("madeAt", document.madeAt().toString());
        json.writeStringField("digest", plan.digest());
        json.writeStringField("seal", PlanSeal.of(document));
        json.writeNumberField("seed", document.seed());
        json.writeStringField("metric", "balance");
        json.writeStringField("goal", word(document.goal()));
        text(json, "emptiedHost", document.emptied());
        score(json, "before", plan.before());
        score(json, "after", plan.after());
        json.writeBooleanField("cut", plan.cut());
        json.writeArrayFieldStart("waves");
        for (List<PlannedMove> wave : document.waves()) {
            json.writeStartArray();
            for (PlannedMove move : wave) {
                json.writeStartObject();
                move(json, move);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("unsolved");
        for (Plan.Unsolved unsolved : plan.unsolved()) {
            json.writeStartObject();
            json.writeStringField("guest", unsolved.guest());
            json.writeStringField("host", unsolved.host());
            candidates(json, unsolved.candidates());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("hosts");
        for (PlanDocument.Place host : document.hosts()) {
            json.writeStartObject();
            json.writeStringField("name", host.name());
            json.writeStringField("state", word(host.state()));
            json.writeArrayFieldStart("guests");
            for (String guest : host.guests()) {
                json.writeString(guest);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void score(JsonGenerator json, String name, Score score) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("violations", score.violations());
        json.writeNumberField("shortfallBytes", score.shortfallBytes());
        json.writeNumberField("softViolations", score.softViolations());
        json.writeNumberField("overload", score.overload());
        json.writeNumberField("imbalance", score.imbalance());
        json.writeNumberField("index", score.index(Metric.BALANCE));
        json.writeEndObject();
    }

    private static void move(JsonGenerator json, PlannedMove move) throws IOException {
        json.writeStringField("guest", move.move().guest());
        json.writeStringField("from", move.move().from());
        json.writeStringField("to", move.move().to());
        json.writeNumberField("memoryBytes", move.memoryBytes());
        json.writeNumberField("predictedMillis", move.predicted().toMillis());
        json.writeNumberField("predictedPauseMillis", move.predictedPause().toMillis());
        json.writeStringField("learnedFrom", word(move.learnedFrom()));
        json.writeStringField("reason", move.reason());
        contributions(json, move.contributions());
        candidates(json, move.candidates());
    }

    private static void contributions(JsonGenerator json, List<Contribution> contributions) throws IOException {
        json.writeArrayFieldStart("contributions");
        for (Contribution one : contributions) {
            json.writeStartObject();
            json.writeStringField("part", word(one.part()));
            text(json, "resource", one.resource().map(PlanJson::word));
            text(json, "host", one.host());
            json.writeNumberField("added", one.added());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void candidates(JsonGenerator json, List<Candidate> candidates) throws IOException {
        json.writeArrayFieldStart("candidates");
        for (Candidate candidate : candidates) {
            json.writeStartObject();
            json.writeStringField("host", candidate.host());
            json.writeArrayFieldStart("rejections");
            for (Rejection rejection : candidate.rejections()) {
                json.writeStartObject();
                json.writeStringField("code", word(rejection.code()));
                json.writeStringField("text", rejection.text());
                json.writeEndObject();
            }
            json.writeEndArray();
            contributions(json, candidate.contributions());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void text(JsonGenerator json, String name, Optional<String> text) throws IOException {
        if (text.isPresent()) {
            json.writeStringField(name, text.get());
        } else {
            json.writeNullField(name);
        }
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
