package org.vfrt.core.image;

import java.io.IOException;

/** The bytes of an image are not what its format demands, or end too early. Says what and where. */
public final class MalformedImage extends IOException {

    private static final long serialVersionUID = 1L;

    private final long byteOffset;

    private MalformedImage(String message, long byteOffset) {
        super(message);
        this.byteOffset = byteOffset;
    }

    /**
     * @param byteOffset where in the bytes read by the thrower, counted from 0
     * @param what what is wrong, a lower-case sentence without a full stop
     */
    static MalformedImage at(long byteOffset, String what) {
        return new MalformedImage("the image is malformed at byte " + byteOffset + ": " + what, byteOffset);
    }

    /** The bytes ended at this offset, and more were announced. */
    static MalformedImage cutShort(long byteOffset) {
        return new MalformedImage("the image is cut short at byte " + byteOffset, byteOffset);
    }

    /** Returns where: counted from the first byte of the stream, or of the file when its head is what is wrong. */
    public long byteOffset() {
        return byteOffset;
    }
}
