package org.vfrt.core.checkpoint;

import java.io.IOException;

/** A stored image is not what its manifest says. */
public final class DamagedImage extends IOException {

    private static final long serialVersionUID = 1L;

    public DamagedImage(String message) {
        super(message);
    }
}
