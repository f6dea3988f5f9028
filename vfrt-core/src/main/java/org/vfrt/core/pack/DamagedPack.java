package org.vfrt.core.pack;

import java.io.IOException;

/** Something in a pack is not what was written. */
public class DamagedPack extends IOException {

    private static final long serialVersionUID = 1L;

    DamagedPack(String message) {
        super(message);
    }

    DamagedPack(String message, Throwable cause) {
        super(message, cause);
    }
}
