package org.vfrt.core.migrate;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.ProcessLock;

/**
 * The file {@code migrations.json} of the state directory, from which each run of vfrt learns what those before it measured. How lately a guest was moved
 * is among it, so no record may be lost; a file that cannot be read is the same as none. For several threads and processes.
 */
public final class MigrationHistoryFile {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int BYTES_MAX = 4 << 20;

    private final Path directory;
    private final Path file;

    public MigrationHistoryFile(Path stateDirectory) {
        this.directory = stateDirectory;
        this.file = stateDirectory.resolve("migrations.json");
    }

    /** Returns what the file holds; nothing when there is none, or none that can be read. */
    public MigrationHistory read() {
        try {
            return parse(DurableFiles.read(file, BYTES_MAX));
        } catch (IOException | DateTimeException | IllegalArgumentException e) {
            return MigrationHistory.NONE;
        }
    }

    /**
     * Adds one record.
     *
     * @throws IOException when it cannot be written; the old ones are still there
     */
    public void add(MigrationRecord record) throws IOException {
        DurableFiles.createDirectories(directory);
        new ProcessLock(directory.resolve("migrations.lock")).holding(() -> {
            DurableFiles.replace(file, format(read().with(record)));
            return record;
        });
    }

    private static byte[] format(MigrationHistory history) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartArray();
            for (MigrationRecord record : history.records()) {
                write(json, record);
            }
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, MigrationRecord record) throws IOException {
        json.writeStartObject();
        json.writeStringField("at", record.at().toString());
        json.writeStringField("guest", record.guest().toString());
        json.writeStringField("from", record.from());
        json.writeStringField("to", record.to());
        json.writeNumberField("memoryBytes", record.memoryBytes());
        json.writeNumberField("tookNanos", record.took().toNanos());
        if (record.pause().isPresent()) {
            json.writeNumberField("pauseNanos", record.pause().get().toNanos());
        }
        if (record.transfer().isPresent()) {
            Migrated.Transfer transfer = record.transfer().get();
            json.writeNumberField("sentBytes", transfer.sentBytes());
            json.writeNumberField("lastRoundBytes", transfer.lastRoundBytes());
            json.writeNumberField("bytesPerSecond", transfer.bytesPerSecond());
            json.writeNumberField("dirtyBytesPerSecond", transfer.dirtyBytesPerSecond());
            json.writeNumberField("workingSetBytes", transfer.workingSetBytes());
        }
        json.writeEndObject();
    }

    private static MigrationHistory parse(byte[] content) throws IOException {
        List<MigrationRecord> records = new ArrayList<>();
        try (JsonParser json = JSON.createParser(content)) {
            if (json.nextToken() != JsonToken.START_ARRAY) {
                throw new IOException("it is no list of migrations");
            }
            while (json.nextToken() == JsonToken.START_OBJECT) {
                records.add(record(json));
            }
        }
        return new MigrationHistory(records);
    }

    private static MigrationRecord record(JsonParser json) throws IOException {
        Map<String, String> texts = new HashMap<>();
        Map<String, Long> numbers = new HashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            switch (json.nextToken()) {
                case VALUE_STRING -> texts.put(name, json.getText());
                case VALUE_NUMBER_INT -> numbers.put(name, json.getLongValue());
                default -> json.skipChildren();
            }
        }
        return new MigrationRecord(
                Instant.parse(text(texts, "at")),
                UUID.fromString(text(texts, "guest")),
                text(texts, "from"),
                text(texts, "to"),
                number(numbers, "memoryBytes"),
                Duration.ofNanos(number(numbers, "tookNanos")),
                Optional.ofNullable(numbers.get("pauseNanos")).map(Duration::ofNanos),
                numbers.containsKey("sentBytes") ? Optional.of(transfer(numbers)) : Optional.empty());
    }

    private static Migrated.Transfer transfer(Map<String, Long> numbers) throws IOException {
        return new Migrated.Transfer(
                number(numbers, "sentBytes"),
                number(numbers, "lastRoundBytes"),
                number(numbers, "bytesPerSecond"),
                number(numbers, "dirtyBytesPerSecond"),
                number(numbers, "workingSetBytes"));
    }

    private static String text(Map<String, String> texts, String name) throws IOException {
        String text = texts.get(name);
        if (text == null) {
            throw new IOException("a record has no '" + name + "'");
        }
        return text;
    }

    private static long number(Map<String, Long> numbers, String name) throws IOException {
        Long number = numbers.get(name);
        if (number == null) {
            throw new IOException("a record has no '" + name + "'");
        }
        return number;
    }
}
