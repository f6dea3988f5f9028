package org.vfrt.xen.s3;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.vfrt.core.failure.Refused;

/** Finds out whether a server keeps the conditions that locks are made of: some take no notice of them, and say nothing. */
final class ProbeServer {

    private final Objects objects;
    private final String location;

    ProbeServer(Objects objects, String location) {
        this.objects = objects;
        this.location = location;
    }

    /**
     * Tries it on an object of this name, and removes that.
     *
     * @throws Refused when it does not
     */
    void run(String key) {
        byte[] first = "first".getBytes(StandardCharsets.US_ASCII);
        byte[] second = "second".getBytes(StandardCharsets.US_ASCII);
        byte[] third = "third".getBytes(StandardCharsets.US_ASCII);
        try {
            Optional<String> made = objects.putIfAbsent(key, first);
            Optional<String> again = objects.putIfAbsent(key, second);
            Optional<String> replaced = made.flatMap(etag -> objects.putIfMatch(key, second, etag));
            Optional<String> late = made.flatMap(etag -> objects.putIfMatch(key, third, etag));
            if (made.isEmpty() || again.isPresent() || replaced.isEmpty() || late.isPresent()) {
                throw new Refused(
                        "store-not-conditional",
                        "the server of '" + location + "' takes no notice of the conditions 'If-None-Match' and"
                                + " 'If-Match' of a PUT, so nothing in it can be locked",
                        "Use a server that keeps them, in a newer version perhaps.");
            }
        } finally {
            objects.delete(key);
        }
    }
}
