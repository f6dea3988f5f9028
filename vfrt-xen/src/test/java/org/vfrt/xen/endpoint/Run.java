package org.vfrt.xen.endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Places and waits of the tests. */
final class Run {

    private Run() {}

    /** Returns a path for a socket in a new private directory; short, because socket paths must be. */
    static Path socket() throws IOException {
        Path directory = Files.createTempDirectory(
                Path.of("/tmp"),
                "vfrt-endpoint",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        directory.toFile().deleteOnExit(); // the endpoint itself removes the socket
        return directory.resolve("e.sock");
    }

    /** Waits until something holds; returns whether it came true in time. */
    static boolean within(Duration deadline, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(20);
        }
        return true;
    }
}
