package org.vfrt.core.durable;

import java.io.IOException;

/** A file is not what vfrt writes under that name: no regular file, or far too long. The storage itself works. */
public final class OddFile extends IOException {

    private static final long serialVersionUID = 1L;

    OddFile(String message) {
        super(message);
    }
}
