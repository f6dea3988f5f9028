package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Asks how much a store can still take. */
final class FreeSpace {

    private FreeSpace() {}

    /** Returns the space for ordinary users; of the nearest directory that exists when the store is still to be made. */
    static long bytes(Path store) throws IOException {
        Path at = store.toAbsolutePath();
        for (Path above = at.getParent(); above != null && !Files.exists(at); above = above.getParent()) {
            at = above;
        }
        return Files.getFileStore(at).getUsableSpace();
    }
}
