package org.vfrt.xen.s3;

import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.gaul.s3proxy.PutOptions2;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.domain.Blob;
import org.jclouds.blobstore.domain.BlobMetadata;
import org.jclouds.blobstore.options.PutOptions;
import org.jclouds.blobstore.util.ForwardingBlobStore;
import org.jclouds.http.HttpResponse;
import org.jclouds.http.HttpResponseException;

/** Lets one write to a key be done after the other, and looks at its conditions then: s3proxy has looked at them before. */
final class OneWriterAKey extends ForwardingBlobStore {

    private final ReentrantLock[] locks =
            IntStream.range(0, 64).mapToObj(i -> new ReentrantLock()).toArray(ReentrantLock[]::new);

    OneWriterAKey(BlobStore delegate) {
        super(delegate);
    }

    private ReentrantLock lock(String key) {
        return locks[Math.floorMod(key.hashCode(), locks.length)];
    }

    @Override
    public String putBlob(String container, Blob blob, PutOptions options) {
        ReentrantLock lock = lock(blob.getMetadata().getName());
        lock.lock();
        try {
            if (options instanceof PutOptions2 conditions) {
                demand(conditions, container, blob.getMetadata().getName());
            }
            return super.putBlob(container, blob, options);
        } finally {
            lock.unlock();
        }
    }

    private void demand(PutOptions2 conditions, String container, String key) {
        if (conditions.getIfNoneMatch() == null && conditions.getIfMatch() == null) {
            return;
        }
        BlobMetadata there = blobMetadata(container, key);
        boolean kept = conditions.getIfNoneMatch() != null
                ? there == null
                : there != null && bare(conditions.getIfMatch()).equals(bare(there.getETag()));
        if (!kept) {
            throw new HttpResponseException(
                    "a condition does not hold",
                    null,
                    HttpResponse.builder().statusCode(412).build());
        }
    }

    private static String bare(String etag) {
        return etag.replace("\"", "");
    }

    @Override
    public String putBlob(String container, Blob blob) {
        ReentrantLock lock = lock(blob.getMetadata().getName());
        lock.lock();
        try {
            return super.putBlob(container, blob);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void removeBlob(String container, String key) {
        ReentrantLock lock = lock(key);
        lock.lock();
        try {
            super.removeBlob(container, key);
        } finally {
            lock.unlock();
        }
    }
}
