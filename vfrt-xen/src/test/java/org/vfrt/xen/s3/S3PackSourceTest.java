package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pack.PackSource;

/** Large packs on their way, against a real server. */
final class S3PackSourceTest {

    private static final int BYTES = 50 << 20;
    private static final String KEY = "packs/large/0001-00000000";

    private static S3Server server;
    private static Objects objects;
    private static byte[] content;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        server = S3Server.start();
        objects = server.objects(new StoreLocation.Bucket(S3Server.BUCKET, "packs"));
        content = new byte[BYTES];
        new Random(5).nextBytes(content);
    }

    @AfterAll
    static void stop() {
        objects.close();
        server.close();
    }

    private Objects.Entry uploaded() throws IOException {
        Path pack = Files.write(directory.resolve("pack"), content);
        UploadPack upload = new UploadPack(objects);
        UploadPack.Sent sent = upload.run(pack, KEY);
        assertThat(sent.etags()).hasSize(4);
        assertThat(objects.look(KEY)).isEmpty();
        upload.complete(pack, sent);
        return objects.look(KEY).orElseThrow();
    }

    private static byte[] read(PackSource source, long at, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        while (target.hasRemaining()) {
            if (source.read(target, at + target.position()) < 0) {
                break;
            }
        }
        return Arrays.copyOf(target.array(), target.position());
    }

    @Test
    void whatWasSentInPartsIsReadInPiecesInAnyOrderByMany() throws Exception {
        Objects.Entry entry = uploaded();
        // Fewer pieces than the pack has, so that some have to go.
        try (Chunks chunks = new Chunks(directory, 6);
                PackSource source = S3PackSource.open(objects, entry, chunks, Optional.empty(), directory)) {
            assertThat(source.bytes()).isEqualTo(BYTES);
            assertThat(source.isNear()).isFalse();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            List<Future<?>> all = new ArrayList<>();
            for (int reader = 0; reader < 4; reader++) {
                int seed = reader;
                all.add(threads.submit(() -> {
                    Random random = new Random(seed);
                    for (int turn = 0; turn < 60; turn++) {
                        int length = 1 + random.nextInt(300_000);
                        // Half of them jump about, half read on and on.
                        int at = seed % 2 == 0
                                ? random.nextInt(BYTES - length)
                                : (int) ((long) turn * (BYTES - 300_001) / 60);
                        assertThat(read(source, at, length)).isEqualTo(Arrays.copyOfRange(content, at, at + length));
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            threads.shutdown();
            assertThat(read(source, BYTES - 10, 100)).hasSize(10);
            assertThat(source.read(ByteBuffer.allocate(1), BYTES)).isEqualTo(-1);
            ByteBuffer part = ByteBuffer.allocate(1000);
            source.fetched(BYTES - 2_000_000, 2_000_000).read(part, BYTES - 1_500_000);
            assertThat(part.array()).isEqualTo(Arrays.copyOfRange(content, BYTES - 1_500_000, BYTES - 1_499_000));

            objects.put(KEY, new byte[BYTES / 10]);
            assertThatThrownBy(() -> {
                        for (int at = 0; at < BYTES - (4 << 20); at += 4 << 20) {
                            read(source, at, 10);
                        }
                    })
                    .isInstanceOfSatisfying(
                            Temporary.class, e -> assertThat(e.code()).isEqualTo("store-changed"));
        }
        try (var left = Files.list(directory)) {
            assertThat(left).hasSize(1);
        }
    }
}
