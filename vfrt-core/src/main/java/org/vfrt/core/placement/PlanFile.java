package org.vfrt.core.placement;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;

/** A plan in a file, for somebody to look at before it is applied. */
public final class PlanFile {

    /** Ten thousand guests with every host's reasons fit; what is larger is no plan. */
    static final int BYTES_MAX = 32 << 20;

    private static final String HINT = "Make one with 'vfrt migrate pool --out PLAN.json'.";

    private final Path file;

    /** @param file may be a pipe, to read from */
    public PlanFile(Path file) {
        this.file = file;
    }

    /**
     * Makes sure that it can be written, before the work is done.
     *
     * @throws BadInput when what is there is no file, or there is no place for one: a device is not to be replaced by a plan
     */
    public void demandWritable() {
        if (file.toString().isEmpty() || Files.isDirectory(file)) {
            throw new BadInput("bad-plan-file", "'" + file + "' is no name for a plan's file", "Name a file.");
        }
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new BadInput(
                    "bad-plan-file",
                    "'" + file + "' is there, and is no file that a plan could take the place of",
                    "Name a file, and not a link, a device or a pipe; with '-o json' the plan is on stdout.");
        }
        Path directory = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file.toAbsolutePath());
        if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new BadInput(
                    "bad-plan-file",
                    "no file can be written into '" + directory + "'",
                    "Name a file in a directory that is there, and that you can write to.");
        }
    }

    /** Writes it, over the file that was there. */
    public void write(PlanDocument document) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
                json.useDefaultPrettyPrinter();
                json.writeStartObject();
                PlanJson.write(json, document);
                json.writeEndObject();
            }
            demandWritable();
            DurableFiles.replace(file.toAbsolutePath(), bytes.toByteArray());
        } catch (IOException e) {
            throw new Failed(
                    "plan-not-written", "the plan cannot be written to '" + file + "': " + e.getMessage(), "", e);
        }
    }

    /**
     * Reads it. Keys it does not know are passed over.
     *
     * @throws BadInput when it is no plan, or one of a newer vfrt
     * @throws Refused when it was edited
     */
    public PlanDocument read() {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(BYTES_MAX + 1);
        } catch (NoSuchFileException e) {
            throw new BadInput("plan-not-read", "there is no plan '" + file + "'", HINT);
        } catch (IOException e) {
            throw new BadInput("plan-not-read", "the plan '" + file + "' cannot be read: " + e.getMessage(), HINT);
        }
        return parse(content);
    }

    private PlanDocument parse(byte[] content) {
        if (content.length > BYTES_MAX) {
            throw bad("it is larger than " + (BYTES_MAX >> 20) + " MiB");
        }
        try {
            PlanParser parser = PlanParser.of(content);
            long version = parser.formatVersion();
            if (version > PlanJson.FORMAT_VERSION) {
                throw new BadInput(
                        "plan-too-new",
                        "'" + file + "' was written by a newer vfrt, in format " + version
                                + "; this one reads up to format " + PlanJson.FORMAT_VERSION,
                        "Use the vfrt that made it.");
            }
            PlanDocument document = parser.document();
            if (!PlanSeal.of(document).equals(parser.seal())) {
                throw new Refused(
                        "plan-edited",
                        "the plan in '" + file
                                + "' is not the one that was made: it was edited, and what it would lead to"
                                + " is not known",
                        "Make a new one. What it may hold is up to '--max-moves' and the placement rules.");
            }
            return document;
        } catch (JsonProcessingException e) {
            throw bad(e.getOriginalMessage());
        } catch (IOException | DateTimeException | ArithmeticException | IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
    }

    private BadInput bad(String why) {
        return new BadInput("not-a-plan", "'" + file + "' is not a plan: " + why, HINT);
    }
}
