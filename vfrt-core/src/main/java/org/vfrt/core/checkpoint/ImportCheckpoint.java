package org.vfrt.core.checkpoint;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.image.LibxcHeader;
import org.vfrt.core.image.MalformedImage;
import org.vfrt.core.pool.Definition;

/** Makes a checkpoint of a save file of libvirt's or xl's, or of a bare migration stream. The file is left as it is. */
public final class ImportCheckpoint {

    /** Can be no host's name: a restore then chooses one, instead of going back to where the guest came from. */
    private static final String NO_HOST = "(imported)";

    private static final String UNKNOWN = "unknown";
    private static final byte[] TEST_MAGIC = "TestGuestMagic\0".getBytes(StandardCharsets.US_ASCII);
    private static final int TEST_BYTES_MAX = 64 << 10;

    private final CheckpointStore store;
    private final Clock clock;

    public ImportCheckpoint(CheckpointStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What is asked for.
     *
     * @param definition the guest's XML; empty for the one in the file, which only libvirt's have
     * @param tags what to mark the checkpoint with
     * @param dryRun look at the head of the file only
     */
    public record Request(Path file, Optional<String> definition, List<Tag> tags, boolean dryRun) {}

    /**
     * What was made.
     *
     * @param manifest empty on a dry run
     * @param guestName whose it is
     * @param form what the file is, for people
     */
    public record Outcome(Optional<Manifest> manifest, String guestName, String form) {}

    private record Source(ImageFormat format, String form, Optional<String> definition, InputStream image) {}

    /**
     * Makes it. The moment the image shows is taken from the file's date, which is when the last of it was written.
     *
     * @throws BadInput when there is no such file, or no definition
     * @throws Damaged when it is none of these, or not whole; nothing is in the store then
     */
    public Outcome run(Request request, Progress progress) {
        Instant begun = clock.instant();
        Path file = request.file();
        try (InputStream in =
                new BufferedInputStream(Channels.newInputStream(DurableFiles.open(file.toRealPath())), 1 << 16)) {
            Instant written = Files.getLastModifiedTime(file).toInstant();
            Instant instant = written.isAfter(begun) ? begun : written;
            Source source = source(in);
            String xml = request.definition()
                    .or(source::definition)
                    .orElseThrow(() -> new BadInput(
                            "definition-needed",
                            "'" + file + "' is " + source.form() + ", which has no XML in it",
                            "Say '--definition FILE' with the guest's XML, as 'virsh dumpxml' prints it."));
            Definition definition = Definition.parse(xml);
            refuseOddName(definition.name());
            refuse(definition);
            if (request.dryRun()) {
                return new Outcome(Optional.empty(), definition.name(), source.form());
            }
            InputStream image = new ReportingInputStream(source.image(), Files.size(file), "import", progress);
            Manifest manifest = take(source.format(), image, definition, begun, instant, request.tags());
            return new Outcome(Optional.of(manifest), definition.name(), source.form());
        } catch (NoSuchFileException e) {
            throw new BadInput("no-such-file", "there is no file '" + file + "'", "Name one that exists.");
        } catch (OddFile e) {
            throw new BadInput("no-such-file", "'" + file + "' is not a regular file", "Name one.");
        } catch (NotKept e) {
            throw e.failure()
                    .orElseGet(() -> new Failed(
                            "store-full",
                            "what is in '" + file + "' could not be stored: " + e.getMessage() + "; it was dropped",
                            "Make room in the store, then try again.",
                            e));
        } catch (MalformedImage | DamagedImage e) {
            throw new Damaged(
                    "image-malformed",
                    "'" + file + "' is not a complete image: " + e.getMessage() + "; nothing was stored",
                    "See whether it was copied whole.",
                    e);
        } catch (IOException e) {
            throw new Failed(
                    "import-failed",
                    "'" + file + "' cannot be read: " + e.getMessage() + "; nothing was stored",
                    "See whether you may read it.",
                    e);
        }
    }

    /** libvirt has no guests of such names. */
    private static void refuseOddName(String name) {
        if (name.isBlank() || name.contains("/") || name.chars().anyMatch(Character::isISOControl)) {
            throw new BadInput(
                    "bad-guest-name",
                    "the definition's name '" + name.replaceAll("\\p{Cntrl}", "?") + "' cannot be a guest's",
                    "Say '--definition FILE' with the guest's own XML.");
        }
    }

    private void refuse(Definition definition) {
        List<Reason> reasons = CaptureRules.space(store, store.list(), definition.uuid(), definition).stream()
                .toList();
        if (!reasons.isEmpty()) {
            throw new Refused("guest '" + definition.name() + "' is not imported", reasons);
        }
    }

    private static Source source(InputStream in) throws IOException {
        in.mark(TEST_MAGIC.length);
        byte[] begin = in.readNBytes(TEST_MAGIC.length);
        in.reset();
        if (Arrays.equals(begin, TEST_MAGIC)) {
            in.mark(TEST_BYTES_MAX);
            byte[] all = in.readNBytes(TEST_BYTES_MAX - 1);
            in.reset();
            return new Source(
                    ImageFormat.LIBVIRT_TEST, "a save file of libvirt's test driver", Optional.of(testXml(all)), in);
        }
        ImageSource source = ImageSource.open(in);
        return switch (source.form()) {
            case LIBVIRT ->
                new Source(
                        ImageFormat.LIBXL,
                        "a save file of libvirt's",
                        Optional.of(source.definition()),
                        source.stream());
            case XL -> new Source(ImageFormat.LIBXL, "a save file of xl's", Optional.empty(), source.stream());
            case RAW -> new Source(ImageFormat.LIBXL, "a migration stream", Optional.empty(), source.stream());
        };
    }

    /** Behind the magic the length of the XML, in the byte order of the machine, and the XML. */
    private static String testXml(byte[] all) throws DamagedImage {
        int at = TEST_MAGIC.length + Integer.BYTES;
        int length = all.length < at
                ? -1
                : ByteBuffer.wrap(all).order(ByteOrder.nativeOrder()).getInt(TEST_MAGIC.length);
        if (length <= 0 || length > all.length - at) {
            throw new DamagedImage("it ends inside its head");
        }
        return new String(all, at, length, StandardCharsets.UTF_8);
    }

    /** A definition that was given may be of another guest; nothing in an image says whose it is. */
    private static void refuseOtherKind(LibxcHeader head, Definition definition) {
        boolean pv = definition.kind() == Definition.Kind.PV;
        if (pv != (head.guest() == LibxcHeader.Guest.PV)) {
            throw new Refused(
                    "definition-of-other-kind",
                    "guest '" + definition.name() + "' is " + definition.kind()
                            + " by its definition, and the image is of " + (pv ? "an HVM or PVH" : "a PV")
                            + " guest; nothing was stored",
                    "Say '--definition FILE' with the XML of the image's own guest.");
        }
    }

    private Manifest take(
            ImageFormat format,
            InputStream image,
            Definition definition,
            Instant begun,
            Instant instant,
            List<Tag> tags)
            throws IOException {
        // Its name says when the image is from, and not when it was imported: policies ask it how old the newest one
        // is.
        CheckpointId id = CheckpointId.at(instant);
        try (Incoming incoming = store.begin(id, definition.uuid())) {
            List<LibxcHeader> heads = new ArrayList<>();
            ImageProof.of(
                    format,
                    image,
                    definition.memoryBytes(),
                    ImageProof.Rounds.ignored(),
                    new KeptImage(incoming, head -> {
                        refuseOtherKind(head, definition);
                        heads.add(head);
                    }));
            if (image.read() >= 0) {
                throw new DamagedImage("there are bytes behind its end");
            }
            return incoming.commit(
                    definition.xml(),
                    (imageBytes, imageRoot, definitionSha256, disks) -> new Manifest(
                            id,
                            definition.name(),
                            definition.uuid(),
                            NO_HOST,
                            Optional.empty(),
                            instant,
                            Method.SAVE,
                            definition.kind(),
                            definition.memoryBytes(),
                            definition.vcpus(),
                            format,
                            imageBytes,
                            imageRoot,
                            definitionSha256,
                            Optional.empty(),
                            Duration.ZERO,
                            Duration.ZERO,
                            Duration.between(begun, clock.instant()),
                            heads.stream()
                                    .map(head -> head.xenMajor() + "." + head.xenMinor())
                                    .findFirst()
                                    .orElse(UNKNOWN),
                            UNKNOWN,
                            definition.writableDisks(),
                            List.of(),
                            Duration.ZERO,
                            tags));
        }
    }
}
