package org.vfrt.core.store;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Damaged;

/** Reads and writes {@code store.json}, sealed as a manifest is. A store without it is not encrypted. */
final class StoreHeadFile {

    private static final int FORMAT_VERSION = 2;
    private static final int BYTES_MAX = 1 << 20;
    /** So many that nobody has them. */
    private static final int SLOTS_MAX = 64;

    private static final Pattern HEX = Pattern.compile("(?:[0-9a-f]{2})*");
    private static final SealedJson SEALED = new SealedJson("storeSha256");

    private static final String NAME = "store.json";

    private final String store;
    private final Notes notes;

    StoreHeadFile(Backend backend) {
        this.store = backend.location();
        this.notes = backend.notes();
    }

    /**
     * Reads it.
     *
     * @return empty when there is none
     * @throws Damaged when it is not exactly what was written, or is of a newer format
     */
    Optional<StoreHead> read() throws IOException {
        Optional<byte[]> content = notes.read(NAME, BYTES_MAX);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(content.get()));
        } catch (JsonProcessingException e) {
            throw damaged(e.getOriginalMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
    }

    /** Writes it in place of the one before. A reader, and a power cut, sees the one or the other. */
    void write(StoreHead head) throws IOException {
        byte[] content = SEALED.write(json -> {
            json.writeNumberField("formatVersion", FORMAT_VERSION);
            json.writeStringField("storeId", head.id().toString());
            json.writeArrayFieldStart("keySlots");
            for (KeySlot slot : head.slots()) {
                json.writeStartObject();
                json.writeStringField("salt", slot.salt());
                json.writeStringField("nonce", slot.nonce());
                json.writeStringField("wrapped", slot.wrapped());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
        // Read back before it counts: without this file no checkpoint of an encrypted store comes back.
        if (!parse(content).equals(head)) {
            throw new IllegalStateException("the head of a store does not say what was written");
        }
        notes.put(NAME, content);
    }

    private StoreHead parse(byte[] content) throws IOException {
        Map<String, String> texts = new HashMap<>();
        Map<String, Long> numbers = new HashMap<>();
        List<KeySlot> slots = new ArrayList<>();
        SealedJson.read(content, (name, token, json) -> {
            if (token == JsonToken.VALUE_STRING) {
                texts.put(name, json.getText());
            } else if (token == JsonToken.VALUE_NUMBER_INT) {
                numbers.put(name, json.getLongValue());
            } else if (token == JsonToken.START_ARRAY && name.equals("keySlots")) {
                slots(json, slots);
                numbers.put(name, (long) slots.size());
            } else {
                json.skipChildren();
            }
        });
        // The version first: a newer one may be sealed in another way.
        long version = numbers.getOrDefault("formatVersion", 0L);
        if (version > FORMAT_VERSION) {
            throw new Damaged(
                    "store-too-new",
                    "the store '" + store + "' was made by a newer vfrt, in format " + version
                            + "; this one knows formats up to " + FORMAT_VERSION,
                    "Use the vfrt that made it.");
        }
        if (version < FORMAT_VERSION || !SEALED.sealed(content)) {
            throw new IOException("its bytes are not the ones that were written");
        }
        String id = texts.get("storeId");
        // To take an encrypted store for one that is not would be worse than to open none.
        if (id == null || !numbers.containsKey("keySlots")) {
            throw new IOException("it has no 'storeId', or no 'keySlots'");
        }
        return new StoreHead(UUID.fromString(id), slots);
    }

    private static void slots(JsonParser json, List<KeySlot> slots) throws IOException {
        while (json.nextToken() == JsonToken.START_OBJECT) {
            Map<String, String> texts = new HashMap<>();
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                if (json.nextToken() == JsonToken.VALUE_STRING) {
                    texts.put(name, json.getText());
                } else {
                    json.skipChildren();
                }
            }
            slots.add(new KeySlot(
                    hex(texts.get("salt"), KeySlot.SALT_BYTES),
                    hex(texts.get("nonce"), KeySlot.NONCE_BYTES),
                    hex(texts.get("wrapped"), KeySlot.WRAPPED_BYTES)));
        }
        if (json.currentToken() != JsonToken.END_ARRAY || slots.size() > SLOTS_MAX) {
            throw new IOException("'keySlots' is not a list of slots");
        }
    }

    private static String hex(@Nullable String text, int bytes) throws IOException {
        if (text == null || text.length() != 2 * bytes || !HEX.matcher(text).matches()) {
            throw new IOException("a key slot is not one");
        }
        return text;
    }

    private Damaged damaged(String why, Throwable cause) {
        return new Damaged(
                "store-head-damaged",
                "'" + store + "/" + NAME + "' cannot be read: " + why,
                "Bring it back from a copy: an encrypted store is lost without it.",
                cause);
    }
}
