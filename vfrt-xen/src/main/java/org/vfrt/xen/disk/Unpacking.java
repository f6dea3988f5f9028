package org.vfrt.xen.disk;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;

/**
 * This machine's tar, which writes an archive into an empty directory. It lets no name lead out of that, and makes links that lead out only when all
 * else is written. For one archive, and one thread.
 */
final class Unpacking {

    private static final int BUFFER_BYTES = 64 << 10;

    private final Path directory;
    private final AtomicLong files = new AtomicLong();
    private volatile String complaint = "";

    Unpacking(Path directory) {
        this.directory = directory;
    }

    /**
     * Writes it.
     *
     * @param progress hears how many bytes have come
     * @param broken makes the failure for an archive that is not whole
     * @return how many bytes came
     */
    long run(FileStream stream, LongConsumer progress, Function<String, Failure> broken) {
        Process tar = started();
        Thread counting = new Thread(() -> count(tar.getInputStream()), "files-count");
        Thread complaining = new Thread(() -> hear(tar.getErrorStream()), "files-tar");
        counting.start();
        complaining.start();
        try {
            long bytes = pump(stream, tar, progress, broken);
            int code = tar.waitFor();
            counting.join();
            complaining.join();
            if (code != 0) {
                throw notUnpacked(complaint.isEmpty() ? "tar ended with " + code : complaint);
            }
            return bytes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw broken.apply("vfrt was interrupted");
        } finally {
            tar.destroyForcibly();
        }
    }

    /** Returns how many files, directories and links were written. */
    long files() {
        return files.get();
    }

    /** What the archive does not name, as the directories above the files, is for nobody else; nor is the one they are all in, whatever the archive says of it. */
    private Process started() {
        try {
            return new ProcessBuilder(List.of(
                            "sh",
                            "-c",
                            "umask 077; tar --extract --verbose --preserve-permissions --numeric-owner --delay-directory-restore --warning=no-timestamp"
                                    + " --file=- --directory=\"$1\"; done=$?; chmod 0700 -- \"$1\" && exit $done",
                            "sh",
                            directory.toString()))
                    .start();
        } catch (IOException e) {
            throw notUnpacked(String.valueOf(e.getMessage()));
        }
    }

    private static long pump(FileStream stream, Process tar, LongConsumer progress, Function<String, Failure> broken)
            throws InterruptedException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long bytes = 0;
        try (OutputStream to = tar.getOutputStream()) {
            while (true) {
                int read = read(stream.archive(), buffer, broken);
                if (read < 0) {
                    FileStream.End end = stream.end();
                    if (!end.whole()) {
                        throw broken.apply(end.complaint());
                    }
                    return bytes;
                }
                to.write(buffer, 0, read);
                bytes += read;
                progress.accept(bytes);
            }
        } catch (IOException e) {
            // It has ended before the archive did, and says why.
            tar.waitFor();
            return bytes;
        }
    }

    private static int read(InputStream archive, byte[] buffer, Function<String, Failure> broken) {
        try {
            return archive.read(buffer);
        } catch (IOException e) {
            throw broken.apply(String.valueOf(e.getMessage()));
        }
    }

    /** A name is a line: tar writes others' line ends as '\n'. */
    private void count(InputStream names) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (names) {
            for (int read = names.read(buffer); read >= 0; read = names.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        files.incrementAndGet();
                    }
                }
            }
        } catch (IOException e) {
            return;
        }
    }

    private void hear(InputStream errors) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (errors) {
            for (int read = errors.read(buffer); read >= 0; read = errors.read(buffer)) {
                if (complaint.isEmpty()) {
                    complaint = new String(buffer, 0, Math.min(read, 500), StandardCharsets.UTF_8)
                            .lines()
                            .findFirst()
                            .orElse("");
                }
            }
        } catch (IOException e) {
            return;
        }
    }

    private Failed notUnpacked(String why) {
        return new Failed(
                "files-not-written",
                "the files cannot be written to '" + directory + "': " + why,
                "See whether there is room, and whether GNU tar is here.");
    }
}
