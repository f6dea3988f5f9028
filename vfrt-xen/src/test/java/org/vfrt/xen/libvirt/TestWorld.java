package org.vfrt.xen.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.vfrt.core.pool.Host;

/** A private libvirtd with a world of the test driver that lasts; see scripts/testworld. */
final class TestWorld implements AutoCloseable {

    private static final Path SCRIPT = Path.of(System.getProperty("vfrt.fixtures", "../src-test-fixtures"))
            .resolveSibling("scripts/testworld")
            .toAbsolutePath()
            .normalize();

    private final Path directory;
    private final String uri;

    private TestWorld(Path directory, String uri) {
        this.directory = directory;
        this.uri = uri;
    }

    static TestWorld start(Path directory) throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/sbin/libvirtd")), "libvirt-daemon is not installed");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/virsh")), "libvirt-clients is not installed");
        return new TestWorld(directory, run("start", directory).strip());
    }

    Host host() {
        return TestDriver.host("world", uri);
    }

    String uri() {
        return uri;
    }

    /** Stops the daemon from answering, or lets it go on. */
    void signal(String signal) throws IOException {
        String pid = Files.readString(directory.resolve("libvirtd.pid")).strip();
        command(List.of("kill", "-" + signal, pid));
    }

    @Override
    public void close() throws IOException {
        run("stop", directory);
    }

    private static String run(String verb, Path directory) throws IOException {
        return command(List.of(SCRIPT.toString(), verb, directory.toString()));
    }

    static String command(List<String> command) throws IOException {
        Path output = Files.createTempFile("vfrt", ".out");
        try {
            Process process = new ProcessBuilder(new ArrayList<>(command))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!ended(process) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(command + " failed: " + Files.readString(output));
            }
            return Files.readString(output);
        } finally {
            Files.delete(output);
        }
    }

    private static boolean ended(Process process) {
        try {
            return process.waitFor(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
