package org.vfrt.xen.s3;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.store.CheckpointStoreContract;
import org.vfrt.core.store.PackedStore;

final class S3StoreTest extends CheckpointStoreContract {

    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static S3Server server;

    @TempDir
    private Path state;

    private StoreLocation.Bucket place;

    @BeforeAll
    static void start() {
        server = S3Server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void place() {
        place = new StoreLocation.Bucket(S3Server.BUCKET, "store-" + PREFIXES.incrementAndGet());
    }

    @Override
    protected CheckpointStore store() {
        return new PackedStore(
                new S3Backend(
                        server.objects(place),
                        place,
                        state,
                        64L << 20,
                        new Random(),
                        new LinuxProcesses(),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(20)),
                StoreKey.none(),
                new Random());
    }
}
