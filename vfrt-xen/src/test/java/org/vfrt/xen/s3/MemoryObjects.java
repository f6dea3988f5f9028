package org.vfrt.xen.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An object store in memory, with a clock that can be put forward, that remembers how it looked after each change. For any number of
 * threads.
 */
final class MemoryObjects implements Objects {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Kept(byte[] content, String etag, Instant modified) {}

    /** How it looked once. */
    record Moment(Map<String, Kept> objects, Map<String, Sent> uploads) {

        List<String> keys() {
            return List.copyOf(objects.keySet());
        }
    }

    private record Sent(String key, Instant begun, Map<Integer, byte[]> parts) {}

    private final TreeMap<String, Kept> objects = new TreeMap<>();
    private final Map<String, Sent> uploads = new HashMap<>();
    private final List<Moment> moments = new ArrayList<>();
    private boolean remembering;
    private Duration ahead = Duration.ZERO;
    private int etags;

    MemoryObjects() {}

    /** Makes one that looks as it did once. */
    MemoryObjects(Moment moment) {
        objects.putAll(moment.objects());
        moment.uploads().forEach((id, sent) -> uploads.put(id, copy(sent)));
        // So that no etag is used twice.
        etags = 1_000_000;
    }

    private static Sent copy(Sent sent) {
        return new Sent(sent.key(), sent.begun(), new TreeMap<>(sent.parts()));
    }

    synchronized void remember() {
        remembering = true;
        moments.add(moment());
    }

    synchronized List<Moment> moments() {
        return List.copyOf(moments);
    }

    synchronized int changes() {
        return moments.size() - 1;
    }

    synchronized Moment moment() {
        Map<String, Sent> sent = new HashMap<>();
        uploads.forEach((id, one) -> sent.put(id, copy(one)));
        return new Moment(new TreeMap<>(objects), sent);
    }

    private void changed() {
        if (remembering) {
            moments.add(moment());
        }
    }

    synchronized void putForward(Duration time) {
        ahead = ahead.plus(time);
    }

    @Override
    public synchronized Instant now() {
        return Instant.now().plus(ahead);
    }

    private String write(String key, byte[] content) {
        String etag = "\"" + ++etags + "\"";
        objects.put(key, new Kept(content.clone(), etag, now()));
        changed();
        return etag;
    }

    @Override
    public synchronized Answer<List<Entry>> list(String prefix) {
        List<Entry> entries = new ArrayList<>();
        objects.tailMap(prefix).forEach((key, kept) -> {
            if (key.startsWith(prefix)) {
                entries.add(new Entry(key, kept.etag(), kept.content().length, kept.modified()));
            }
        });
        return new Answer<>(entries, now());
    }

    @Override
    public synchronized Optional<Answer<Small>> get(String key, int bytesMax) throws IOException {
        Kept kept = objects.get(key);
        if (kept == null) {
            return Optional.empty();
        }
        if (kept.content().length > bytesMax) {
            throw new IOException("too long");
        }
        return Optional.of(new Answer<>(new Small(kept.content().clone(), kept.etag(), kept.modified()), now()));
    }

    @Override
    public synchronized Optional<Entry> look(String key) {
        return Optional.ofNullable(objects.get(key))
                .map(kept -> new Entry(key, kept.etag(), kept.content().length, kept.modified()));
    }

    @Override
    public synchronized void put(String key, byte[] content) {
        write(key, content);
    }

    @Override
    public synchronized Optional<String> putIfAbsent(String key, byte[] content) {
        return objects.containsKey(key) ? Optional.empty() : Optional.of(write(key, content));
    }

    @Override
    public synchronized Optional<String> putIfMatch(String key, byte[] content, String etag) {
        Kept kept = objects.get(key);
        return kept == null || !kept.etag().equals(etag) ? Optional.empty() : Optional.of(write(key, content));
    }

    @Override
    public synchronized void delete(String key) {
        if (objects.remove(key) != null) {
            changed();
        }
    }

    @Override
    public boolean read(String key, String etag, long from, long length, FileChannel target, long place)
            throws IOException {
        Kept kept;
        synchronized (this) {
            kept = objects.get(key);
        }
        if (kept == null || !kept.etag().equals(etag)) {
            return false;
        }
        ByteBuffer part = ByteBuffer.wrap(kept.content(), (int) from, (int) length);
        for (long at = place; part.hasRemaining(); ) {
            at += target.write(part, at);
        }
        return true;
    }

    private static byte[] bytes(FileChannel source, long from, long length) {
        ByteBuffer content = ByteBuffer.allocate((int) length);
        try {
            while (content.hasRemaining() && source.read(content, from + content.position()) >= 0) {
                // The rest.
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.copyOf(content.array(), content.position());
    }

    @Override
    public void put(String key, FileChannel source, long bytes) {
        byte[] content = bytes(source, 0, bytes);
        put(key, content);
    }

    @Override
    public synchronized String beginUpload(String key) {
        String id = "upload-" + ++etags;
        uploads.put(id, new Sent(key, now(), new TreeMap<>()));
        changed();
        return id;
    }

    @Override
    public String uploadPart(String key, String upload, int number, FileChannel source, long from, long length) {
        byte[] content = bytes(source, from, length);
        synchronized (this) {
            known(upload).parts().put(number, content);
            changed();
        }
        return "part-" + number;
    }

    private Sent known(String upload) {
        Sent sent = uploads.get(upload);
        if (sent == null) {
            throw new IllegalStateException("no upload '" + upload + "'");
        }
        return sent;
    }

    @Override
    public synchronized void completeUpload(String key, String upload, List<String> etagsOfParts) {
        if (!uploads.containsKey(upload) && objects.containsKey(key)) {
            return;
        }
        int length = known(upload).parts().values().stream()
                .mapToInt(part -> part.length)
                .sum();
        ByteBuffer all = ByteBuffer.allocate(length);
        known(upload).parts().values().forEach(all::put);
        uploads.remove(upload);
        write(key, all.array());
    }

    @Override
    public synchronized void abortUpload(String key, String upload) {
        if (uploads.remove(upload) != null) {
            changed();
        }
    }

    @Override
    public synchronized List<Upload> uploads(String prefix) {
        List<Upload> found = new ArrayList<>();
        uploads.forEach((id, sent) -> {
            if (sent.key().startsWith(prefix)) {
                found.add(new Upload(sent.key(), id, sent.begun()));
            }
        });
        return found;
    }

    @Override
    public void close() {}
}
