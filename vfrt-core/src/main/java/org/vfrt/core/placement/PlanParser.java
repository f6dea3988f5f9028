package org.vfrt.core.placement;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes a plan out of JSON, and believes none of it: a plan is edited, cut short, mixed up with another file. */
final class PlanParser {

    private static final int DEPTH_MAX = 16;
    private static final int NAME_MAX = 255;
    private static final int DIGEST_LENGTH = 32;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxStringLength(1 << 16)
                    .maxNumberLength(64)
                    .build())
            .build();

    private final Fields plan;

    private PlanParser(Fields plan) {
        this.plan = plan;
    }

    static PlanParser of(byte[] content) throws IOException {
        try (JsonParser json = JSON.createParser(content)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("it is no JSON object");
            }
            Fields document = object(json);
            if (json.nextToken() != null) {
                throw new IOException("something follows the object");
            }
            return new PlanParser(document.object("plan"));
        }
    }

    long formatVersion() throws IOException {
        return plan.number("formatVersion", 1, Integer.MAX_VALUE);
    }

    PlanDocument document() throws IOException {
        List<PlanDocument.Place> hosts = new ArrayList<>();
        Map<String, String> places = new HashMap<>();
        Set<String> hostNames = new HashSet<>();
        for (Fields host : plan.objects("hosts")) {
            PlanDocument.Place place = new PlanDocument.Place(
                    host.name("name"), constant(HostLoad.State.class, host.text("state")), host.names("guests"));
            if (!hostNames.add(place.name())) {
                throw new IOException("two hosts are called '" + place.name() + "'");
            }
            for (String guest : place.guests()) {
                if (places.put(guest, place.name()) != null) {
                    throw new IOException("two guests are called '" + guest + "'");
                }
            }
            hosts.add(place);
        }
        Optional<String> emptied = plan.optionalText("emptiedHost");
        if (emptied.isPresent() && !hostNames.contains(emptied.get())) {
            throw new IOException("it has no host '" + emptied.get() + "'");
        }
        List<List<Move>> waves = new ArrayList<>();
        List<PlannedMove> moves = new ArrayList<>();
        for (Object element : plan.list("waves")) {
            List<Move> wave = new ArrayList<>();
            for (Fields fields : objects("waves", element)) {
                PlannedMove move = move(fields);
                check(move.move(), places, hostNames);
                moves.add(move);
                wave.add(move.move());
            }
            waves.add(wave);
        }
        List<Plan.Unsolved> unsolved = new ArrayList<>();
        for (Fields fields : plan.objects("unsolved")) {
            unsolved.add(new Plan.Unsolved(fields.name("guest"), fields.name("host"), candidates(fields)));
        }
        return new PlanDocument(
                Instant.parse(plan.text("madeAt")),
                emptied,
                constant(PlanMoves.Goal.class, plan.text("goal")),
                plan.number("seed", Long.MIN_VALUE, Long.MAX_VALUE),
                hosts,
                new Plan(digest("digest"), score("before"), score("after"), waves, unsolved, plan.truth("cut")),
                moves);
    }

    /** Each guest must be where the moves before it left it; a move that starts elsewhere was never planned. */
    private static void check(Move move, Map<String, String> places, Set<String> hosts) throws IOException {
        if (!move.from().equals(places.get(move.guest()))) {
            throw new IOException("guest '" + move.guest() + "' is not on '" + move.from() + "' when it moves");
        }
        if (move.to().equals(move.from()) || !hosts.contains(move.to())) {
            throw new IOException("guest '" + move.guest() + "' cannot go to '" + move.to() + "'");
        }
        places.put(move.guest(), move.to());
    }

    /** Returns what the plan that was made was sealed with. */
    String seal() throws IOException {
        return digest("seal");
    }

    private String digest(String name) throws IOException {
        String digest = plan.text(name);
        if (digest.length() != DIGEST_LENGTH || !digest.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw new IOException("'" + name + "' is none");
        }
        return digest;
    }

    private Score score(String name) throws IOException {
        Fields fields = plan.object(name);
        return new Score(
                fields.decimal("violations"),
                fields.number("shortfallBytes", 0, Long.MAX_VALUE),
                (int) fields.number("softViolations", 0, Integer.MAX_VALUE),
                fields.decimal("overload"),
                fields.decimal("imbalance"));
    }

    private static PlannedMove move(Fields fields) throws IOException {
        return new PlannedMove(
                new Move(fields.name("guest"), fields.name("from"), fields.name("to")),
                fields.number("memoryBytes", 0, Long.MAX_VALUE),
                fields.text("reason"),
                Duration.ofMillis(fields.number("predictedMillis", 0, Long.MAX_VALUE / 1_000_000)),
                Duration.ofMillis(fields.number("predictedPauseMillis", 0, Long.MAX_VALUE / 1_000_000)),
                constant(LearnedFrom.class, fields.text("learnedFrom")),
                contributions(fields),
                candidates(fields));
    }

    private static List<Contribution> contributions(Fields fields) throws IOException {
        List<Contribution> found = new ArrayList<>();
        for (Fields one : fields.objects("contributions")) {
            Optional<String> resource = one.optionalText("resource");
            found.add(new Contribution(
                    constant(Contribution.Part.class, one.text("part")),
                    resource.isPresent() ? Optional.of(constant(Resource.class, resource.get())) : Optional.empty(),
                    one.optionalText("host"),
                    one.decimal("added")));
        }
        return found;
    }

    private static List<Candidate> candidates(Fields fields) throws IOException {
        List<Candidate> found = new ArrayList<>();
        for (Fields candidate : fields.objects("candidates")) {
            List<Rejection> rejections = new ArrayList<>();
            for (Fields rejection : candidate.objects("rejections")) {
                rejections.add(
                        new Rejection(constant(Rejection.Code.class, rejection.text("code")), rejection.text("text")));
            }
            found.add(new Candidate(candidate.name("host"), rejections, contributions(candidate)));
        }
        return found;
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String word) throws IOException {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(word)) {
                return constant;
            }
        }
        throw new IOException("it says '" + word + "', which means nothing here");
    }

    private static Fields object(JsonParser json) throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            Object value = value(json);
            if (value != null) {
                values.put(name, value);
            }
        }
        if (json.currentToken() != JsonToken.END_OBJECT) {
            throw new IOException("an object does not end");
        }
        return new Fields(values);
    }

    private static List<Object> array(JsonParser json) throws IOException {
        List<Object> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            Object value = value(json);
            if (value == null) {
                throw new IOException("a list has nothing in it where something must be");
            }
            values.add(value);
        }
        return values;
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == null) {
            throw new IOException("it ends too early");
        }
        return switch (token) {
            case START_OBJECT -> object(json);
            case START_ARRAY -> array(json);
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new IOException("it ends too early");
        };
    }

    private static List<Fields> objects(String name, Object value) throws IOException {
        List<Fields> found = new ArrayList<>();
        if (value instanceof List<?> elements) {
            for (Object element : elements) {
                if (!(element instanceof Fields fields)) {
                    throw new IOException("'" + name + "' has something else than objects in it");
                }
                found.add(fields);
            }
            return found;
        }
        throw new IOException("'" + name + "' has something else than lists in it");
    }

    /** The keys of an object, taken out with a type. */
    private record Fields(Map<String, Object> values) {

        private <T> T of(Class<T> type, String name) throws IOException {
            Object value = values.get(name);
            if (!type.isInstance(value)) {
                throw new IOException("it has no '" + name + "', or a wrong one");
            }
            return type.cast(value);
        }

        String text(String name) throws IOException {
            return printable(of(String.class, name));
        }

        Optional<String> optionalText(String name) throws IOException {
            return values.containsKey(name) ? Optional.of(text(name)) : Optional.empty();
        }

        String name(String name) throws IOException {
            return asName(text(name));
        }

        long number(String name, long least, long most) throws IOException {
            long number = of(Long.class, name);
            if (number < least || number > most) {
                throw new IOException("'" + name + "' is out of range");
            }
            return number;
        }

        double decimal(String name) throws IOException {
            double number = of(Number.class, name).doubleValue();
            if (!Double.isFinite(number)) {
                throw new IOException("'" + name + "' is out of range");
            }
            return number;
        }

        boolean truth(String name) throws IOException {
            return of(Boolean.class, name);
        }

        Fields object(String name) throws IOException {
            return of(Fields.class, name);
        }

        List<?> list(String name) throws IOException {
            return of(List.class, name);
        }

        List<Fields> objects(String name) throws IOException {
            return PlanParser.objects(name, list(name));
        }

        List<String> names(String name) throws IOException {
            List<String> found = new ArrayList<>();
            for (Object element : list(name)) {
                if (!(element instanceof String text)) {
                    throw new IOException("'" + name + "' has something else than names in it");
                }
                found.add(asName(printable(text)));
            }
            return found;
        }

        private static String asName(String text) throws IOException {
            if (text.isEmpty() || text.length() > NAME_MAX) {
                throw new IOException("a name is empty or too long");
            }
            return text;
        }

        /** All of it ends up on terminals. */
        private static String printable(String text) throws IOException {
            if (text.chars().anyMatch(Character::isISOControl)) {
                throw new IOException("there are control characters in it");
            }
            return text;
        }
    }
}
