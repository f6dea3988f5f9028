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

    /** Returns whether it is libxc's CHECKPOINT: the guest's memory and processors of an epoch are complete. */
    public boolean isCheckpoint() {
        return layer == Layer.LIBXC && type == Wire.XC_CHECKPOINT;
    }

    /** Returns whether it is libxl's CHECKPOINT_END: an epoch is complete. */
    public boolean isCheckpointEnd() {
        return layer == Layer.LIBXL && type == Wire.XL_CHECKPOINT_END;
    }

    /** Returns the record that is in its place where the stream ends there: END, of the same layer. Both have no body. */
    public RecordHead asEnd() {
        return new RecordHead(layer, layer == Layer.LIBXC ? Wire.XC_END : Wire.XL_END, 0, byteOffset);
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
