package org.vfrt.core.checkpoint;

import java.io.IOException;

/** Keeping an image failed, as told apart from receiving it. */
final class NotKept extends IOException {

    private static final long serialVersionUID = 1L;

    NotKept(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
