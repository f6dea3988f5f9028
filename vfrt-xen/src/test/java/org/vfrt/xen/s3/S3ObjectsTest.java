package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.config.StoreLocation;

/** What the store needs of a server, asked of a real one. */
final class S3ObjectsTest {

    private static S3Server server;
    private static Objects objects;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        server = S3Server.start();
        objects = server.objects(new StoreLocation.Bucket(S3Server.BUCKET, "deep/er"));
    }

    @AfterAll
    static void stop() {
        objects.close();
        server.close();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theServerKeepsItsConditions() {
        new ProbeServer(objects, "s3://x").run("probe");
        assertThat(objects.look("probe")).isEmpty();
    }

    @Test
    void smallObjectsAreListedReadReplacedAndRemoved() throws IOException {
        objects.put("small/a", text("one"));
        objects.put("small/b", text(""));
        assertThat(objects.list("small/").value())
                .extracting(Objects.Entry::key, Objects.Entry::bytes)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("small/a", 3L),
                        org.assertj.core.groups.Tuple.tuple("small/b", 0L));
        assertThat(objects.get("small/a", 3).orElseThrow().value().content()).isEqualTo(text("one"));
        objects.put("small/a", text("two"));
        assertThat(objects.get("small/a", 3).orElseThrow().value().content()).isEqualTo(text("two"));
        objects.delete("small/a");
        objects.delete("small/a");
        assertThat(objects.get("small/a", 3)).isEmpty();
        assertThat(objects.look("small/a")).isEmpty();
    }

    @Test
    void ofManyWhoWriteWithTheSameConditionOneSucceeds() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        for (int round = 0; round < 30; round++) {
            String key = "race/" + round;
            assertThat(winners(
                            threads,
                            n -> objects.putIfAbsent(key, text("by " + n)).isPresent()))
                    .isOne();
            String etag = objects.look(key).orElseThrow().etag();
            assertThat(winners(
                            threads,
                            n -> objects.putIfMatch(key, text("again by " + n), etag)
                                    .isPresent()))
                    .isOne();
        }
        threads.shutdown();
    }

    private static int winners(ExecutorService threads, java.util.function.IntPredicate write) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int n = i;
            all.add(threads.submit(() -> {
                go.await();
                return write.test(n);
            }));
        }
        go.countDown();
        int won = 0;
        for (Future<Boolean> one : all) {
            won += one.get() ? 1 : 0;
        }
        return won;
    }

    @Test
    void aLargeFileComesBackInPieces() throws IOException {
        byte[] content = new byte[17 << 20];
        new Random(1).nextBytes(content);
        try (FileChannel file = FileChannel.open(
                directory.resolve("f"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(content));
            String upload = objects.beginUpload("large");
            List<String> etags = new ArrayList<>();
            for (int part = 0; part < 4; part++) {
                long from = part * (5L << 20);
                etags.add(objects.uploadPart(
                        "large", upload, part + 1, file, from, Math.min(5L << 20, content.length - from)));
            }
            assertThat(objects.look("large")).isEmpty();
            assertThat(objects.uploads("la")).extracting(Objects.Upload::id).containsExactly(upload);
            objects.completeUpload("large", upload, etags);
            assertThat(objects.uploads("la")).isEmpty();
            Objects.Entry there = objects.look("large").orElseThrow();
            assertThat(there.bytes()).isEqualTo(content.length);
            assertThat(objects.list("large").value().get(0).etag()).isEqualTo(there.etag());

            file.truncate(0);
            assertThat(objects.read("large", there.etag(), 1_000_000, 5_000_000, file, 100))
                    .isTrue();
            ByteBuffer read = ByteBuffer.allocate(5_000_000);
            file.read(read, 100);
            assertThat(read.array()).isEqualTo(java.util.Arrays.copyOfRange(content, 1_000_000, 6_000_000));
            assertThat(objects.read("large", "\"other\"", 0, 10, file, 0)).isFalse();
            objects.delete("large");
            assertThat(objects.read("large", there.etag(), 0, 10, file, 0)).isFalse();

            String given = objects.beginUpload("given");
            objects.uploadPart("given", given, 1, file, 0, 100);
            objects.abortUpload("given", given);
            objects.abortUpload("given", given);
            assertThat(objects.uploads("given")).isEmpty();
        }
    }
}
