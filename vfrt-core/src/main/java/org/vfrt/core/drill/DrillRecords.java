package org.vfrt.core.drill;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failed;

/**
 * What came of drills: in {@code drills/} of the state directory a file for each guest, whose drill lock a writer holds. A file that cannot be read counts
 * as none, and the next drill replaces it.
 */
public final class DrillRecords {

    /** Of one guest, the last ones. */
    private static final int KEPT = 50;

    private static final String SUFFIX = ".json";
    private static final JsonFactory JSON = new JsonFactory();
    private static final int BYTES_MAX = 1 << 20;
    private static final int TEXT_MAX = 2_000;

    private final Path directory;

    public DrillRecords(Path stateDirectory) {
        this.directory = stateDirectory.resolve("drills");
    }

    /** Returns all of them, oldest first. */
    public List<DrillRecord> all() {
        List<DrillRecord> all = new ArrayList<>();
        try {
            for (Path file : DurableFiles.list(directory)) {
                if (file.toString().endsWith(SUFFIX)) {
                    all.addAll(read(file));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw trouble("read", e);
        }
        all.sort(Comparator.comparing(DrillRecord::begun));
        return all;
    }

    /** Returns a guest's, oldest first. */
    public List<DrillRecord> of(UUID guest) {
        return read(directory.resolve(guest + SUFFIX));
    }

    /** Returns the last drill of a guest that passed or failed; those that were not run say nothing. */
    public Optional<DrillRecord> lastOf(UUID guest) {
        return of(guest).stream()
                .filter(record -> record.result() != DrillRecord.Result.NOT_RUN)
                .reduce((first, second) -> second);
    }

    /**
     * Adds one, durably.
     *
     * @throws Failed when it cannot be written; the old ones are still there
     */
    public void add(DrillRecord record) {
        List<DrillRecord> records = new ArrayList<>(of(record.guest()));
        records.add(record);
        try {
            DurableFiles.createDirectories(directory);
            DurableFiles.replace(
                    directory.resolve(record.guest() + SUFFIX),
                    format(records.subList(Math.max(0, records.size() - KEPT), records.size())));
        } catch (IOException e) {
            throw trouble("written", e);
        }
    }

    private Failed trouble(String verb, IOException cause) {
        return new Failed(
                "drill-records",
                "the records of drills in '" + directory + "' cannot be " + verb + ": " + cause.getMessage(),
                "See whether the directory is there and the disk has room.",
                cause);
    }

    private static List<DrillRecord> read(Path file) {
        try {
            return parse(DurableFiles.read(file, BYTES_MAX));
        } catch (IOException | DateTimeException | IllegalArgumentException e) {
            return List.of();
        }
    }

    private static byte[] format(List<DrillRecord> records) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartArray();
            for (DrillRecord record : records) {
                write(json, record);
            }
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, DrillRecord record) throws IOException {
        json.writeStartObject();
        json.writeStringField("guest", record.guest().toString());
        json.writeStringField("guestName", record.guestName());
        write(json, "checkpoint", record.checkpoint());
        write(json, "host", record.host());
        json.writeStringField("begun", record.begun().toString());
        json.writeStringField("result", record.result().name());
        json.writeStringField("code", record.code());
        json.writeStringField(
                "text",
                record.text().substring(0, Math.min(TEXT_MAX, record.text().length())));
        json.writeStringField("sign", record.sign());
        write(json, "disks", record.disks().map(Duration::toString));
        write(json, "memory", record.memory().map(Duration::toString));
        write(json, "signOfLife", record.signOfLife().map(Duration::toString));
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String key, Optional<String> value) throws IOException {
        if (value.isPresent()) {
            json.writeStringField(key, value.get());
        }
    }

    private static List<DrillRecord> parse(byte[] bytes) throws IOException {
        List<DrillRecord> records = new ArrayList<>();
        try (JsonParser json = JSON.createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_ARRAY) {
                throw new IllegalArgumentException("it is no list");
            }
            while (json.nextToken() == JsonToken.START_OBJECT) {
                Map<String, String> texts = new HashMap<>();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String key = json.currentName();
                    if (json.nextToken() == JsonToken.VALUE_STRING) {
                        texts.put(key, json.getText());
                    } else {
                        json.skipChildren();
                    }
                }
                records.add(record(texts));
            }
        }
        return records;
    }

    private static DrillRecord record(Map<String, String> texts) {
        return new DrillRecord(
                UUID.fromString(texts.getOrDefault("guest", "")),
                texts.getOrDefault("guestName", "?"),
                Optional.ofNullable(texts.get("checkpoint")),
                Optional.ofNullable(texts.get("host")),
                Instant.parse(texts.getOrDefault("begun", "")),
                DrillRecord.Result.valueOf(texts.getOrDefault("result", "")),
                texts.getOrDefault("code", ""),
                texts.getOrDefault("text", ""),
                texts.getOrDefault("sign", ""),
                duration(texts, "disks"),
                duration(texts, "memory"),
                duration(texts, "signOfLife"));
    }

    private static Optional<Duration> duration(Map<String, String> texts, String key) {
        return Optional.ofNullable(texts.get(key)).map(Duration::parse);
    }
}
