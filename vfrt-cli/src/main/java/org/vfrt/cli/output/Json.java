package org.vfrt.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.vfrt.core.text.Amounts;

/**
 * One JSON document with {@code "apiVersion": 1}, written as a stream: databind would cost every list 60 ms at start. A key is
 * always present; what is not known is {@code null}.
 */
public final class Json {

    /** Grows only when a key changes its meaning or disappears. */
    public static final int API_VERSION = 1;

    private final JsonGenerator generator;

    private Json(JsonGenerator generator) {
        this.generator = generator;
    }

    /** Prints a document over several lines. */
    public static void print(PrintWriter out, Consumer<Json> content) {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        Separators separators = Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withArrayEmptySeparator("");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators).withObjectIndenter(indenter);
        printer.indentArraysWith(indenter);
        print(out, content, Optional.of(printer));
    }

    /** Prints a document on one line. */
    public static void printLine(PrintWriter out, Consumer<Json> content) {
        print(out, content, Optional.empty());
    }

    private static void print(PrintWriter out, Consumer<Json> content, Optional<DefaultPrettyPrinter> printer) {
        JsonFactory factory = new JsonFactory().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        try (JsonGenerator generator = factory.createGenerator(out)) {
            printer.ifPresent(generator::setPrettyPrinter);
            Json json = new Json(generator);
            generator.writeStartObject();
            generator.writeNumberField("apiVersion", API_VERSION);
            content.accept(json);
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println();
    }

    /** Writes text. */
    public Json field(String name, String value) {
        return write(() -> generator.writeStringField(name, value));
    }

    /** Writes a number. */
    public Json field(String name, long value) {
        return write(() -> generator.writeNumberField(name, value));
    }

    /** Writes a number that may have a fraction. */
    public Json field(String name, double value) {
        return write(() -> generator.writeNumberField(name, value));
    }

    /** Writes a truth. */
    public Json field(String name, boolean value) {
        return write(() -> generator.writeBooleanField(name, value));
    }

    /** Writes a moment in ISO 8601, UTC. */
    public Json field(String name, Instant value) {
        return field(name, value.toString());
    }

    /** Writes a duration in whole milliseconds, rounded up; the name says {@code Millis}. */
    public Json field(String name, Duration value) {
        return field(name, Amounts.millis(value));
    }

    /** Writes a duration in whole milliseconds, or null. */
    public Json duration(String name, Optional<Duration> value) {
        return value.isPresent() ? field(name, value.get()) : nothing(name);
    }

    /** Writes text, or null. */
    public Json text(String name, Optional<String> value) {
        return value.isPresent() ? field(name, value.get()) : nothing(name);
    }

    /** Writes null. */
    public Json nothing(String name) {
        return write(() -> generator.writeNullField(name));
    }

    /** Writes an object with what the content writes into it. */
    public Json object(String name, Consumer<Json> content) {
        write(() -> generator.writeObjectFieldStart(name));
        content.accept(this);
        return write(generator::writeEndObject);
    }

    /** Writes an object, or null. */
    public <T> Json object(String name, Optional<T> value, BiConsumer<Json, T> content) {
        return value.isPresent() ? object(name, json -> content.accept(json, value.get())) : nothing(name);
    }

    /** Writes an array with one object for each element. */
    public <T> Json objects(String name, Collection<T> elements, BiConsumer<Json, T> content) {
        write(() -> generator.writeArrayFieldStart(name));
        for (T element : elements) {
            write(generator::writeStartObject);
            content.accept(this, element);
            write(generator::writeEndObject);
        }
        return write(generator::writeEndArray);
    }

    /** Writes an array of texts. */
    public Json texts(String name, Collection<String> elements) {
        write(() -> generator.writeArrayFieldStart(name));
        for (String element : elements) {
            write(() -> generator.writeString(element));
        }
        return write(generator::writeEndArray);
    }

    /** Writes keys that the core writes itself: what it reads again. */
    public Json keys(Keys keys) {
        return write(() -> keys.writeTo(generator));
    }

    /** Writes keys into an object. */
    @FunctionalInterface
    public interface Keys {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private Json write(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }
}
