package org.vfrt.core.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.disk.DiskContent;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.pool.Definition;

/**
 * A manifest as JSON, sealed: its last line holds the SHA-256 of every byte before that line, because a manifest says what all
 * the rest must be and nothing else says what the manifest must be. See docs/format.md.
 */
final class ManifestJson {

    static final int FORMAT_VERSION = 4;

    /** Of checkpoints whose disks stay where they are. One that knows no others would take what is behind the memory for some of it. */
    private static final int WITHOUT_CONTENT = 3;

    /** Of checkpoints of memory alone: those that know no disks of checkpoints read them, and cannot pass over the disks of others. */
    private static final int WITHOUT_DISKS = 2;

    /** Far above any manifest, far below what could hurt. */
    static final int BYTES_MAX = 1 << 20;

    private static final SealedJson SEALED = new SealedJson("manifestSha256");

    private ManifestJson() {}

    static byte[] write(Manifest manifest) {
        return SEALED.write(json -> {
            json.writeNumberField("formatVersion", version(manifest));
            json.writeStringField("id", manifest.id().text());
            json.writeStringField("guestName", manifest.guestName());
            json.writeStringField("guestUuid", manifest.guestUuid().toString());
            json.writeStringField("hostName", manifest.hostName());
            if (manifest.hostSelf().isPresent()) {
                json.writeStringField("hostSelf", manifest.hostSelf().get());
            }
            json.writeStringField("instant", manifest.instant().toString());
            json.writeStringField("method", manifest.method().name());
            json.writeStringField("kind", manifest.kind().name());
            json.writeNumberField("memoryBytes", manifest.memoryBytes());
            json.writeNumberField("vcpus", manifest.vcpus());
            json.writeStringField("format", manifest.format().name());
            json.writeNumberField("imageBytes", manifest.imageBytes());
            json.writeStringField("imageRoot", manifest.imageRoot());
            json.writeStringField("definitionSha256", manifest.definitionSha256());
            if (manifest.predictedPause().isPresent()) {
                json.writeNumberField(
                        "predictedPauseNanos", manifest.predictedPause().get().toNanos());
            }
            json.writeNumberField("pauseNanos", manifest.pause().toNanos());
            json.writeNumberField("rearmPauseNanos", manifest.rearmPause().toNanos());
            json.writeNumberField("durationNanos", manifest.duration().toNanos());
            json.writeStringField("hypervisorVersion", manifest.hypervisorVersion());
            json.writeStringField("libvirtVersion", manifest.libvirtVersion());
            json.writeArrayFieldStart("unpairedDisks");
            for (String disk : manifest.unpairedDisks()) {
                json.writeString(disk);
            }
            json.writeEndArray();
            if (!manifest.disks().isEmpty()) {
                json.writeNumberField("diskPauseNanos", manifest.diskPause().toNanos());
                json.writeArrayFieldStart("disks");
                for (PairedDisk disk : manifest.disks()) {
                    write(json, disk);
                }
                json.writeEndArray();
            }
            json.writeArrayFieldStart("tags");
            for (Tag tag : manifest.tags()) {
                json.writeString(tag.text());
            }
            json.writeEndArray();
            if (!manifest.diskIdentities().isEmpty()) {
                json.writeArrayFieldStart("diskIdentities");
                for (Map.Entry<String, String> disk : new TreeMap<>(manifest.diskIdentities()).entrySet()) {
                    json.writeString(disk.getKey() + " " + disk.getValue());
                }
                json.writeEndArray();
            }
        });
    }

    private static int version(Manifest manifest) {
        if (manifest.disks().isEmpty()) {
            return WITHOUT_DISKS;
        }
        return manifest.storedDisks().isEmpty() ? WITHOUT_CONTENT : FORMAT_VERSION;
    }

    private static void write(JsonGenerator json, PairedDisk disk) throws IOException {
        json.writeStartObject();
        json.writeStringField("target", disk.target());
        json.writeStringField("path", disk.path());
        json.writeStringField("engine", disk.engine().name());
        json.writeStringField("identity", disk.identity());
        json.writeNumberField("sizeBytes", disk.sizeBytes());
        json.writeStringField("snapshot", disk.snapshot());
        json.writeStringField("snapshotIdentity", disk.snapshotIdentity());
        if (disk.content().isPresent()) {
            json.writeNumberField("contentFirstPage", disk.content().get().firstPage());
            json.writeStringField("contentRoot", disk.content().get().root());
        }
        json.writeEndObject();
    }

    /**
     * Reads a manifest. Fields it does not know are passed over, so that a later version can add some.
     *
     * @throws Damaged when it is not exactly what was written, belongs to another checkpoint, or is of a newer format
     */
    static Manifest read(CheckpointId id, byte[] content) {
        Fields fields;
        try {
            fields = parse(content);
        } catch (JsonProcessingException e) {
            throw damaged(id, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw damaged(id, String.valueOf(e.getMessage()), e);
        }
        try {
            // The version first: a newer one may be sealed in another way.
            long version = fields.number("formatVersion", 1, Integer.MAX_VALUE);
            if (version > FORMAT_VERSION) {
                throw new Damaged(
                        "manifest-too-new",
                        "checkpoint '" + id + "' was stored by a newer vfrt, in format " + version
                                + "; this one reads up to format " + FORMAT_VERSION,
                        "Use the vfrt that stored it.");
            }
            if (!SEALED.sealed(content)) {
                throw new IOException("its bytes are not the ones that were written");
            }
            Manifest manifest = fields.manifest();
            if (!manifest.id().equals(id)) {
                throw new IOException("it is of checkpoint '" + manifest.id() + "'");
            }
            return manifest;
        } catch (IOException | DateTimeException | IllegalArgumentException | BadInput e) {
            throw damaged(id, String.valueOf(e.getMessage()), e);
        }
    }

    static Damaged damaged(CheckpointId id, String why, @Nullable Throwable cause) {
        return new Damaged(
                "manifest-damaged",
                "the manifest of checkpoint '" + id + "' cannot be read: " + why,
                "The checkpoint cannot be restored; delete it with 'vfrt checkpoint delete --even-the-last " + id
                        + "', or bring the store back from a copy.",
                cause);
    }

    private static Fields parse(byte[] content) throws IOException {
        Fields fields = new Fields();
        SealedJson.read(content, (name, token, json) -> {
            if (token == JsonToken.VALUE_STRING) {
                fields.texts.put(name, json.getText());
            } else if (token == JsonToken.VALUE_NUMBER_INT) {
                fields.numbers.put(name, json.getLongValue());
            } else if (token == JsonToken.START_ARRAY && name.equals("unpairedDisks")) {
                fields.unpairedDisks = Optional.of(texts(name, json));
            } else if (token == JsonToken.START_ARRAY && name.equals("disks")) {
                fields.disks = disks(json);
            } else if (token == JsonToken.START_ARRAY && name.equals("tags")) {
                fields.tags = texts(name, json);
            } else if (token == JsonToken.START_ARRAY && name.equals("diskIdentities")) {
                fields.diskIdentities = texts(name, json);
            } else {
                json.skipChildren();
            }
        });
        return fields;
    }

    /** As they are found: whether they make sense is only asked of a manifest whose seal is whole. */
    private static List<Fields> disks(JsonParser json) throws IOException {
        List<Fields> disks = new ArrayList<>();
        while (json.nextToken() == JsonToken.START_OBJECT) {
            Fields disk = new Fields();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.getText();
                JsonToken token = json.nextToken();
                if (token == JsonToken.VALUE_STRING) {
                    disk.texts.put(name, json.getText());
                } else if (token == JsonToken.VALUE_NUMBER_INT) {
                    disk.numbers.put(name, json.getLongValue());
                } else {
                    json.skipChildren();
                }
            }
            disks.add(disk);
        }
        if (json.currentToken() != JsonToken.END_ARRAY) {
            throw new IOException("'disks' is not a list of disks");
        }
        return disks;
    }

    private static List<String> texts(String name, JsonParser json) throws IOException {
        List<String> texts = new ArrayList<>();
        while (json.nextToken() == JsonToken.VALUE_STRING) {
            texts.add(json.getText());
        }
        if (json.currentToken() != JsonToken.END_ARRAY) {
            throw new IOException("'" + name + "' is not a list of texts");
        }
        return texts;
    }

    /** The fields as found, by name; taken out with a type. */
    private static final class Fields {

        private final Map<String, String> texts = new HashMap<>();
        private final Map<String, Long> numbers = new HashMap<>();
        private Optional<List<String>> unpairedDisks = Optional.empty();

        private List<Fields> disks = List.of();

        /** Manifests from before there were tags have none. */
        private List<String> tags = List.of();

        private List<String> diskIdentities = List.of();

        Manifest manifest() throws IOException {
            return new Manifest(
                    new CheckpointId(text("id")),
                    text("guestName"),
                    UUID.fromString(text("guestUuid")),
                    text("hostName"),
                    Optional.ofNullable(texts.get("hostSelf")),
                    Instant.parse(text("instant")),
                    Method.valueOf(text("method")),
                    Definition.Kind.valueOf(text("kind")),
                    number("memoryBytes", 1, Long.MAX_VALUE),
                    (int) number("vcpus", 1, Integer.MAX_VALUE),
                    ImageFormat.valueOf(text("format")),
                    number("imageBytes", 0, Long.MAX_VALUE),
                    sha256("imageRoot"),
                    sha256("definitionSha256"),
                    numbers.containsKey("predictedPauseNanos")
                            ? Optional.of(duration("predictedPauseNanos"))
                            : Optional.empty(),
                    duration("pauseNanos"),
                    duration("rearmPauseNanos"),
                    duration("durationNanos"),
                    text("hypervisorVersion"),
                    text("libvirtVersion"),
                    unpairedDisks.orElseThrow(() -> new IOException("it has no list 'unpairedDisks'")),
                    pairedDisks(),
                    disks.isEmpty() ? Duration.ZERO : duration("diskPauseNanos"),
                    tags.stream().map(Tag::new).toList(),
                    identities());
        }

        private Map<String, String> identities() {
            Map<String, String> identities = new HashMap<>();
            for (String line : diskIdentities) {
                int blank = line.indexOf(' ');
                if (blank > 0) {
                    identities.put(line.substring(0, blank), line.substring(blank + 1));
                }
            }
            return identities;
        }

        private List<PairedDisk> pairedDisks() throws IOException {
            List<PairedDisk> paired = new ArrayList<>();
            for (Fields disk : disks) {
                paired.add(new PairedDisk(
                        disk.text("target"),
                        disk.text("path"),
                        Engine.valueOf(disk.text("engine")),
                        disk.text("identity"),
                        disk.number("sizeBytes", 0, Long.MAX_VALUE),
                        disk.text("snapshot"),
                        disk.text("snapshotIdentity"),
                        disk.content()));
            }
            return paired;
        }

        private Optional<DiskContent> content() throws IOException {
            return texts.containsKey("contentRoot")
                    ? Optional.of(
                            new DiskContent(number("contentFirstPage", 0, Long.MAX_VALUE >> 12), sha256("contentRoot")))
                    : Optional.empty();
        }

        String text(String name) throws IOException {
            String text = texts.get(name);
            if (text == null) {
                throw new IOException("it has no text '" + name + "'");
            }
            return text;
        }

        long number(String name, long least, long most) throws IOException {
            Long number = numbers.get(name);
            if (number == null || number < least || number > most) {
                throw new IOException("it has no number '" + name + "' in range");
            }
            return number;
        }

        private Duration duration(String name) throws IOException {
            return Duration.ofNanos(number(name, 0, Long.MAX_VALUE));
        }

        private String sha256(String name) throws IOException {
            String text = text(name);
            if (!Sha256.matches(text)) {
                throw new IOException("'" + name + "' is not a SHA-256");
            }
            return text;
        }
    }
}
