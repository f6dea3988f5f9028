package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Failure;

/** Sends a pack so that nobody sees it before it is completed: a large one in parts, a small one only then. */
final class UploadPack {

    private static final int PART_BYTES = 16 << 20;
    /** As many as a server takes, and some left. */
    private static final int PARTS_MAX = 9_000;

    private final Objects objects;

    UploadPack(Objects objects) {
        this.objects = objects;
    }

    /**
     * What was sent.
     *
     * @param upload its name at the server; empty for a pack that is sent when it is completed
     */
    record Sent(String key, String upload, List<String> etags, long bytes) {}

    /** Sends it. */
    Sent run(Path pack, String key) throws IOException {
        try (FileChannel source = DurableFiles.open(pack)) {
            long bytes = source.size();
            if (bytes <= PART_BYTES) {
                return new Sent(key, "", List.of(), bytes);
            }
            String upload = objects.beginUpload(key);
            Sent sent = new Sent(key, upload, List.of(), bytes);
            try {
                return new Sent(key, upload, parts(source, sent), bytes);
            } catch (IOException | RuntimeException e) {
                giveUpAfter(sent, e);
                throw e;
            }
        }
    }

    private List<String> parts(FileChannel source, Sent sent) throws IOException {
        long partBytes = Math.max(PART_BYTES, sent.bytes() / PARTS_MAX + 1);
        List<Integer> numbers = new ArrayList<>();
        for (int number = 1; (number - 1) * partBytes < sent.bytes(); number++) {
            numbers.add(number);
        }
        Map<Integer, String> etags = Collections.synchronizedMap(new TreeMap<>());
        AtOnce.each(numbers, number -> {
            long from = (number - 1) * partBytes;
            etags.put(
                    number,
                    objects.uploadPart(
                            sent.key(), sent.upload(), number, source, from, Math.min(partBytes, sent.bytes() - from)));
        });
        return List.copyOf(etags.values());
    }

    /** Makes an object of it, in one step. */
    void complete(Path pack, Sent sent) throws IOException {
        if (!sent.upload().isEmpty()) {
            objects.completeUpload(sent.key(), sent.upload(), sent.etags());
            return;
        }
        try (FileChannel source = DurableFiles.open(pack)) {
            objects.put(sent.key(), source, sent.bytes());
        }
    }

    void giveUp(Sent sent) {
        if (!sent.upload().isEmpty()) {
            objects.abortUpload(sent.key(), sent.upload());
        }
    }

    private void giveUpAfter(Sent sent, Exception trouble) {
        try {
            giveUp(sent);
        } catch (Failure e) {
            trouble.addSuppressed(e);
        }
    }
}
