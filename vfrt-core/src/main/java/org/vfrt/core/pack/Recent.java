package org.vfrt.core.pack;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Keeps the values that were used last. One that several threads want at once is made by the first of them, and the others wait. For
 * any number of threads.
 */
final class Recent<K, V> {

    /** Makes a value. */
    @FunctionalInterface
    interface Maker<V> {
        V make() throws IOException;
    }

    private final Map<K, CompletableFuture<V>> values;

    Recent(int capacity) {
        this.values = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, CompletableFuture<V>> eldest) {
                return size() > capacity;
            }
        };
    }

    V get(K key, Maker<V> maker) throws IOException {
        CompletableFuture<V> value;
        boolean make = false;
        synchronized (values) {
            value = values.get(key);
            if (value == null) {
                value = new CompletableFuture<>();
                values.put(key, value);
                make = true;
            }
        }
        if (make) {
            try {
                value.complete(maker.make());
            } catch (IOException | RuntimeException e) {
                value.completeExceptionally(e);
                synchronized (values) {
                    values.remove(key);
                }
                throw e;
            }
        }
        try {
            return value.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException trouble) {
                throw trouble;
            }
            throw e.getCause() instanceof IOException trouble ? trouble : new IOException(e.getCause());
        }
    }
}
