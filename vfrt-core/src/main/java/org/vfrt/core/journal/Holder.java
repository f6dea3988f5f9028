package org.vfrt.core.journal;

import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.text.FactsJson;

/** Who holds a lock, as written into the lock's file for the others. */
record Holder(String operation, long process, Instant since) {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY_AND_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    byte[] json() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("operation", operation);
        facts.put("process", Long.toString(process));
        facts.put("since", since.toString());
        return FactsJson.write(facts);
    }

    /** Empty when the holder has not finished writing, or was not vfrt: that it holds the lock counts, not what it wrote. */
    static Optional<Holder> parse(byte[] json) {
        try {
            Map<String, String> facts = FactsJson.read(json);
            String operation = facts.get("operation");
            String process = facts.get("process");
            String since = facts.get("since");
            if (operation == null || process == null || since == null) {
                return Optional.empty();
            }
            return Optional.of(new Holder(operation, Long.parseLong(process), Instant.parse(since)));
        } catch (IOException | NumberFormatException | DateTimeException e) {
            return Optional.empty();
        }
    }

    /** Returns for example {@code 'checkpoint create' (process 4711, since 10:02:11)}, in the clock's time zone. */
    String describe(Clock clock) {
        ZonedDateTime then = since.atZone(clock.getZone());
        boolean today = then.toLocalDate().equals(ZonedDateTime.now(clock).toLocalDate());
        return "'" + operation + "' (process " + process + ", since " + then.format(today ? TIME : DAY_AND_TIME) + ")";
    }
}
