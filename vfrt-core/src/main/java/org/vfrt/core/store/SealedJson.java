package org.vfrt.core.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * JSON objects that say of themselves whether they are whole: their last line holds the SHA-256 of every byte before that line. See
 * docs/format.md.
 */
final class SealedJson {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final String AFTER = "\"\n}\n";

    private final String before;

    /** @param sealName the field that holds the seal */
    SealedJson(String sealName) {
        this.before = ",\n  \"" + sealName + "\" : \"";
    }

    /** Writes the fields of an object. */
    @FunctionalInterface
    interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /** Takes the value of a field, of which the parser stands at the first token. */
    @FunctionalInterface
    interface Field {
        void read(String name, JsonToken token, JsonParser json) throws IOException;
    }

    byte[] write(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.setPrettyPrinter(new LinePrinter());
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String body = bytes.toString(StandardCharsets.UTF_8);
        String open = body.substring(0, body.lastIndexOf("\n}"));
        String seal = Sha256.of(open.getBytes(StandardCharsets.UTF_8));
        return (open + before + seal + AFTER).getBytes(StandardCharsets.UTF_8);
    }

    boolean sealed(byte[] content) {
        int sealBytes = before.length() + 64 + AFTER.length();
        int open = content.length - sealBytes;
        if (open < 0) {
            return false;
        }
        String expected = before + Sha256.of(content, open) + AFTER;
        return new String(content, open, sealBytes, StandardCharsets.ISO_8859_1).equals(expected);
    }

    /** Reads the fields of an object. Does not look at the seal: a newer format may be sealed in another way. */
    static void read(byte[] content, Field field) throws IOException {
        try (JsonParser json = JSON.createParser(content)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("it is not a JSON object");
            }
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                field.read(name, json.nextToken(), json);
            }
            if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
                throw new IOException("something follows its end");
            }
        }
    }
}
