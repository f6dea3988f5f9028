package org.vfrt.xen.s3;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Small objects that were read before, by their etags: a list says whether they are still what they were, and each of them would take a
 * request. For any number of threads.
 */
final class Remembered {

    private final Objects objects;
    private final Map<String, Objects.Small> known = new ConcurrentHashMap<>();

    Remembered(Objects objects) {
        this.objects = objects;
    }

    /**
     * Returns what an object of a list holds; empty when it is not there any more.
     *
     * @throws IOException when it has more than so many bytes
     */
    Optional<byte[]> get(Objects.Entry entry, int bytesMax) throws IOException {
        Objects.Small then = known.get(entry.key());
        if (then != null && then.etag().equals(entry.etag())) {
            return Optional.of(then.content());
        }
        Optional<Objects.Small> now = objects.get(entry.key(), bytesMax).map(Objects.Answer::value);
        now.ifPresent(small -> known.put(entry.key(), small));
        return now.map(Objects.Small::content);
    }
}
