package org.vfrt.core.placement;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.ProcessLock;

/**
 * The file {@code load.json} of the state directory, in which each run of vfrt finds the samples of those before it. Two runs that write at the
 * same time lose one sample, which is no loss; a file that cannot be read is the same as none.
 */
public final class LoadHistoryFile {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int BYTES_MAX = 64 << 20;

    private final Path directory;
    private final Path file;

    public LoadHistoryFile(Path stateDirectory) {
        this.directory = stateDirectory;
        this.file = stateDirectory.resolve("load.json");
    }

    /** Returns what the file holds; nothing when there is none, or none that can be read. */
    public LoadHistory read() {
        try {
            return parse(DurableFiles.read(file, BYTES_MAX));
        } catch (IOException | DateTimeException | IllegalArgumentException e) {
            return LoadHistory.NONE;
        }
    }

    /** @throws IOException when it cannot be written; the old one is still there */
    public void write(LoadHistory history) throws IOException {
        DurableFiles.createDirectories(directory);
        new ProcessLock(directory.resolve("load.lock")).holding(() -> {
            DurableFiles.replace(file, format(history));
            return history;
        });
    }

    private static byte[] format(LoadHistory history) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            for (Map.Entry<String, List<LoadSample>> host : history.samples().entrySet()) {
                json.writeArrayFieldStart(host.getKey());
                for (LoadSample sample : host.getValue()) {
                    json.writeStartObject();
                    json.writeStringField("at", sample.at().toString());
                    json.writeNumberField("ownNanos", sample.ownCpuTime().toNanos());
                    json.writeObjectFieldStart("guestNanos");
                    for (Map.Entry<UUID, Duration> guest :
                            sample.guestCpuTimes().entrySet()) {
                        json.writeNumberField(
                                guest.getKey().toString(), guest.getValue().toNanos());
                    }
                    json.writeEndObject();
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static LoadHistory parse(byte[] content) throws IOException {
        Map<String, List<LoadSample>> samples = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(content)) {
            expect(json.nextToken(), JsonToken.START_OBJECT);
            for (String host = json.nextFieldName(); host != null; host = json.nextFieldName()) {
                expect(json.nextToken(), JsonToken.START_ARRAY);
                List<LoadSample> ofHost = new ArrayList<>();
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    ofHost.add(sample(json));
                }
                samples.put(host, ofHost);
            }
        }
        return new LoadHistory(samples);
    }

    private static LoadSample sample(JsonParser json) throws IOException {
        Instant at = Instant.EPOCH;
        Duration own = Duration.ZERO;
        Map<UUID, Duration> guests = new HashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            JsonToken token = json.nextToken();
            switch (name) {
                case "at" -> at = Instant.parse(json.getText());
                case "ownNanos" -> own = Duration.ofNanos(json.getLongValue());
                case "guestNanos" -> {
                    expect(token, JsonToken.START_OBJECT);
                    for (String guest = json.nextFieldName(); guest != null; guest = json.nextFieldName()) {
                        json.nextToken();
                        guests.put(UUID.fromString(guest), Duration.ofNanos(json.getLongValue()));
                    }
                }
                default -> json.skipChildren();
            }
        }
        return new LoadSample(at, own, guests);
    }

    private static void expect(JsonToken found, JsonToken expected) throws IOException {
        if (found != expected) {
            throw new IOException("it is no history of samples");
        }
    }
}
