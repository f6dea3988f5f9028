package org.vfrt.core.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;

/** Where a store is. Printed as an operator writes it. */
public sealed interface StoreLocation {

    /** A directory of this machine, absolute. */
    record Directory(Path path) implements StoreLocation {

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /**
     * A bucket of an S3-compatible object store.
     *
     * @param prefix what all keys begin with, without a slash at either end; may be empty
     */
    record Bucket(String bucket, String prefix) implements StoreLocation {

        @Override
        public String toString() {
            return Values.BUCKET_SCHEME + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
        }
    }

    /**
     * Reads a location as it stands on a command line, where a path may be relative.
     *
     * @throws BadInput when it is none
     */
    static StoreLocation parse(String text) {
        if (text.isBlank()) {
            throw new BadInput(
                    "empty-store",
                    "the store's name is empty, which would be the current directory",
                    "Name a directory, or s3://BUCKET/PREFIX.");
        }
        List<Reason> mistakes = new ArrayList<>();
        return Values.location("", text, false, mistakes)
                .orElseThrow(() -> new BadInput(
                        mistakes.get(0).code(),
                        mistakes.get(0).text().strip(),
                        mistakes.get(0).hint()));
    }
}
