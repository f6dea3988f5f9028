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

/** A real file system whose files can share blocks, on this machine. Only root mounts one; whoever is not leaves the test out. */
final class LoopMount {

    /** The least that XFS can be made with; btrfs takes it as well. */
    private static final long FILE_SYSTEM_BYTES = 320L << 20;

    private final Path mounted;

    private LoopMount(Path mounted) {
        this.mounted = mounted;
    }

    static LoopMount xfs(Path work) throws Exception {
        return in(work, "loop", "mkfs.xfs", "-q", "-m", "reflink=1");
    }

    /** Without files in the metadata: the tests' disks are small enough for that, and guests' are not. */
    static LoopMount btrfs(Path work) throws Exception {
        return in(work, "loop,max_inline=0", "mkfs.btrfs", "-q");
    }

    private static LoopMount in(Path work, String options, String... make) throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root mounts file systems");
        Path image = work.resolve("file-system.img");
        Path mounted = Files.createDirectory(work.resolve("mounted"));
        grow(image, FILE_SYSTEM_BYTES);
        run(Stream.concat(Stream.of(make), Stream.of(image.toString())).toArray(String[]::new));
        run("mount", "-o", options, image.toString(), mounted.toString());
        return new LoopMount(mounted);
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
