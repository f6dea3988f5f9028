package org.vfrt.xen.endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.vfrt.core.failure.Failed;

/** A private directory of this machine for one endpoint's socket. Closing it removes both. */
public final class SocketDirectory implements AutoCloseable {

    private final Path directory;

    private SocketDirectory(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes a directory that only this user can enter.
     *
     * @throws Failed {@code no-temporary-directory}
     */
    public static SocketDirectory make() {
        try {
            return new SocketDirectory(Files.createTempDirectory("vfrt"));
        } catch (IOException e) {
            throw new Failed(
                    "no-temporary-directory",
                    "no private directory could be made for the endpoint's socket: " + e.getMessage(),
                    "Look whether '" + System.getProperty("java.io.tmpdir") + "' is there, writable and not full.",
                    e);
        }
    }

    /** Returns the path for the socket, short enough for one. */
    public Path socket() {
        return directory.resolve("endpoint.sock");
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // An empty private directory harms nobody.
            return;
        }
    }
}
