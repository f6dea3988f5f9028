package org.vfrt.core.image;

/**
 * The head of one record.
 *
 * @param layer which of the two numberings the type belongs to
 * @param type the record's type; negative as an int when a receiver that does not know it may skip it
 * @param length of the body in bytes, without padding, 0 to 128 MiB
 * @param byteOffset of the head in the stream
 */
public record RecordHead(Layer layer, int type, int length, long byteOffset) {

    /** Returns whether a receiver that does not know the type may skip the record (bit 31). */
    public boolean optional() {
        return type < 0;
    }

    /** Returns whether it is libxc's VERIFY: what follows repeats the pages, to be compared with those sent before. */
    public boolean isVerify() {
        return layer == Layer.LIBXC && type == Wire.XC_VERIFY;
    }

    /** Returns the offset of the first byte behind the record: head, body and padding to 8. */
    public long endOffset() {
        return byteOffset + Wire.RECORD_HEAD_BYTES + Wire.padded(length);
    }

    @Override
    public String toString() {
        return "'" + Wire.name(layer, type) + "' of " + length + " bytes";
    }
}
