package org.vfrt.xen.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.store.Backend;
import org.vfrt.core.store.BackendContract;

final class S3BackendTest extends BackendContract {

    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static S3Server server;

    @TempDir
    private Path state;

    private int prefix;

    @BeforeAll
    static void start() {
        server = S3Server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void prefix() {
        prefix = PREFIXES.incrementAndGet();
    }

    @Override
    protected Backend backend(String name) {
        StoreLocation.Bucket place = new StoreLocation.Bucket(S3Server.BUCKET, "backend-" + prefix + "/" + name);
        try {
            return new S3Backend(
                    server.objects(place),
                    place,
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
