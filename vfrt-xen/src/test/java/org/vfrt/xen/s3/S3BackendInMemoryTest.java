package org.vfrt.xen.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.store.Backend;
import org.vfrt.core.store.BackendContract;

/** As a real server, in a moment. */
final class S3BackendInMemoryTest extends BackendContract {

    @TempDir
    private Path state;

    private final Map<String, MemoryObjects> places = new HashMap<>();

    @Override
    protected Backend backend(String name) {
        try {
            return new S3Backend(
                    places.computeIfAbsent(name, any -> new MemoryObjects()),
                    new StoreLocation.Bucket("bucket", name),
                    Files.createDirectories(state.resolve(name)),
                    64L << 20,
                    new Random(),
                    new LinuxProcesses(),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(20));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
