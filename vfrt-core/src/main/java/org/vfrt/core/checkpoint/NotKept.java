package org.vfrt.core.checkpoint;

import java.io.IOException;
import java.util.Optional;
import org.vfrt.core.failure.Failure;

/** Keeping an image failed, as told apart from receiving it. */
final class NotKept extends IOException {

    private static final long serialVersionUID = 1L;

    NotKept(IOException cause) {
        super(cause.getMessage(), cause);
    }

    /** Returns what the store itself says of it; empty when it is a disk's trouble. */
    Optional<Failure> failure() {
        for (Throwable at = getCause(); at != null; at = at.getCause()) {
            if (at instanceof Failure known) {
                return Optional.of(known);
            }
        }
        return Optional.empty();
    }
}
