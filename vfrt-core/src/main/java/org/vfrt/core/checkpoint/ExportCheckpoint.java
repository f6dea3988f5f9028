package org.vfrt.core.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.image.SaveFile;

/**
 * Writes a checkpoint into a file that other programs can restore. The file is private, complete when it has its name, and not encrypted,
 * whatever the store is.
 */
public final class ExportCheckpoint {

    private static final int BUFFER_BYTES = 1 << 20;

    private final CheckpointStore store;

    public ExportCheckpoint(CheckpointStore store) {
        this.store = store;
    }

    /** @param fileBytes the length of the file */
    public record Outcome(Manifest manifest, long fileBytes) {}

    /**
     * Writes it.
     *
     * @param file there is none of that name yet
     * @param definition in place of the guest's own; an xl save file needs one, in JSON
     * @throws Refused when the file exists
     * @throws Damaged when the checkpoint is not what was stored; there is no file then
     */
    public Outcome run(
            CheckpointId id, Path file, ImageSource.Form form, Optional<String> definition, Progress progress) {
        Manifest manifest = store.manifest(id);
        String head = head(manifest, form, definition);
        Path claimed = file.toAbsolutePath().normalize();
        Path partial = claimed.resolveSibling(claimed.getFileName() + ".partial");
        try {
            // Claims the name: whoever else writes a file of that name is not written over, nor taken for complete.
            DurableFiles.create(claimed).close();
        } catch (IOException e) {
            throw notMade(claimed, e);
        }
        boolean complete = false;
        boolean begun = false;
        try (FileChannel channel = DurableFiles.create(partial)) {
            begun = true;
            long bytes = write(manifest, channel, form, head, progress);
            DurableFiles.move(partial, claimed);
            complete = true;
            return new Outcome(manifest, bytes);
        } catch (DamagedImage e) {
            throw new Damaged(
                    "checkpoint-damaged",
                    e.getMessage() + "; no file was written",
                    "Export another one: 'vfrt checkpoint list'.",
                    e);
        } catch (IOException e) {
            throw notMade(claimed, e);
        } finally {
            if (begun && !complete) {
                remove(partial);
            }
            if (!complete) {
                remove(claimed);
            }
        }
    }

    private String head(Manifest manifest, ImageSource.Form form, Optional<String> definition) {
        if (manifest.format() == ImageFormat.LIBVIRT_TEST && form != ImageSource.Form.LIBVIRT) {
            throw new Refused(
                    "no-xen-image",
                    "checkpoint '" + manifest.id() + "' is of libvirt's test driver, which has its own save files only",
                    "Leave '--form' out.");
        }
        if (form == ImageSource.Form.XL) {
            return definition.orElseThrow(() -> new BadInput(
                    "definition-needed",
                    "an xl save file holds the guest's configuration in xl's own JSON, and the store has libvirt's XML",
                    "Say '--definition FILE' with that JSON, for example of 'xl list -l GUEST'."));
        }
        return form == ImageSource.Form.RAW ? "" : definition.orElseGet(() -> store.definition(manifest.id()));
    }

    private long write(Manifest manifest, FileChannel channel, ImageSource.Form form, String head, Progress progress)
            throws IOException {
        try (InputStream image =
                new ReportingInputStream(store.image(manifest.id()), manifest.imageBytes(), "export", progress)) {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
            // The test driver's image is a whole save file already.
            if (manifest.format() == ImageFormat.LIBXL) {
                SaveFile.writeHead(form, head, out);
            }
            image.transferTo(out);
            out.flush();
            channel.force(true);
            return channel.size();
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // It is empty, or has another name than a complete one.
            return;
        }
    }

    private static Failure notMade(Path file, IOException e) {
        if (e instanceof FileAlreadyExistsException) {
            return new Refused(
                    "file-exists",
                    "there is a file '" + e.getMessage() + "' already; it was left as it is",
                    "Name a new file.");
        }
        if (e instanceof NoSuchFileException) {
            return new BadInput("no-such-directory", "there is no directory for '" + file + "'", "Make it first.");
        }
        return new Failed(
                "export-failed",
                "'" + file + "' could not be written: " + e.getMessage() + "; nothing is left of it",
                "See whether there is room, and whether you may write there.",
                e);
    }
}
