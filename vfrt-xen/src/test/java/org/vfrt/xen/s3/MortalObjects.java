package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Temporary;

/** A way to an object store that can break: then nothing that is asked arrives any more, until it is mended. */
class MortalObjects implements Objects {

    private final Objects objects;
    private volatile boolean broken;
    private volatile int left = Integer.MAX_VALUE;

    MortalObjects(Objects objects) {
        this.objects = objects;
    }

    void breakNow() {
        broken = true;
    }

    /** Breaks after so many more requests. */
    synchronized void breakAfter(int requests) {
        left = requests;
    }

    synchronized void mend() {
        broken = false;
        left = Integer.MAX_VALUE;
    }

    private synchronized Objects alive() {
        if (broken || left == 0) {
            broken = true;
            throw new Temporary("store-unreachable", "the way to the store is broken", "");
        }
        left--;
        return objects;
    }

    @Override
    public Answer<List<Entry>> list(String prefix) {
        return alive().list(prefix);
    }

    @Override
    public Optional<Answer<Small>> get(String key, int bytesMax) throws IOException {
        return alive().get(key, bytesMax);
    }

    @Override
    public Optional<Entry> look(String key) {
        return alive().look(key);
    }

    @Override
    public void put(String key, byte[] content) {
        alive().put(key, content);
    }

    @Override
    public Optional<String> putIfAbsent(String key, byte[] content) {
        return alive().putIfAbsent(key, content);
    }

    @Override
    public Optional<String> putIfMatch(String key, byte[] content, String etag) {
        return alive().putIfMatch(key, content, etag);
    }

    @Override
    public void delete(String key) {
        alive().delete(key);
    }

    @Override
    public boolean read(String key, String etag, long from, long length, FileChannel target, long place)
            throws IOException {
        return alive().read(key, etag, from, length, target, place);
    }

    @Override
    public void put(String key, FileChannel source, long bytes) {
        alive().put(key, source, bytes);
    }

    @Override
    public String beginUpload(String key) {
        return alive().beginUpload(key);
    }

    @Override
    public String uploadPart(String key, String upload, int number, FileChannel source, long from, long length) {
        return alive().uploadPart(key, upload, number, source, from, length);
    }

    @Override
    public void completeUpload(String key, String upload, List<String> etags) {
        alive().completeUpload(key, upload, etags);
    }

    @Override
    public void abortUpload(String key, String upload) {
        alive().abortUpload(key, upload);
    }

    @Override
    public List<Upload> uploads(String prefix) {
        return alive().uploads(prefix);
    }

    @Override
    public Instant now() {
        return alive().now();
    }

    @Override
    public void close() {
        objects.close();
    }
}
