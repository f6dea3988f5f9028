package org.vfrt.core.pack;

/** Something in a pack is what was written, and was sealed with another key than the store has, or one of the two with none. */
final class OtherKey extends DamagedPack {

    private static final long serialVersionUID = 1L;

    OtherKey(String message) {
        super(message);
    }

    OtherKey(String message, Throwable cause) {
        super(message, cause);
    }
}
