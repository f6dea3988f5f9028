package org.vfrt.xen.disk;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** A real XFS whose files can share blocks, on this machine. Only root mounts one; whoever is not leaves the test out. */
final class XfsMount {

    /** The least that XFS can be made with. */
    private static final long FILE_SYSTEM_BYTES = 320L << 20;

    private final Path mounted;

    private XfsMount(Path mounted) {
        this.mounted = mounted;
    }

    static XfsMount in(Path work) throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root mounts file systems");
        Path image = work.resolve("xfs.img");
        Path mounted = Files.createDirectory(work.resolve("mounted"));
        grow(image, FILE_SYSTEM_BYTES);
        run("mkfs.xfs", "-q", "-m", "reflink=1", image.toString());
        run("mount", "-o", "loop", image.toString(), mounted.toString());
        return new XfsMount(mounted);
    }

    /** Makes a file of that size with nothing in it. */
    static void grow(Path file, long bytes) throws IOException {
        try (var channel = Files.newByteChannel(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.position(bytes - 1);
            channel.write(ByteBuffer.allocate(1));
        }
    }

    static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + said);
        }
        return said.strip();
    }

    Path path() {
        return mounted;
    }

    /** Removes all files in it. */
    void clear() throws IOException {
        try (Stream<Path> all = Files.walk(mounted)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(mounted) && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(path);
                }
            }
        }
    }

    void unmount() throws Exception {
        run("umount", mounted.toString());
    }
}
