package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;

/**
 * A memory image as people have them lying about: a save file of libvirt's or of xl's, or a bare migration stream.
 *
 * @param form which of them it is
 * @param definition the guest's definition: domain XML for libvirt, JSON for xl, empty for a bare stream. It may hold secrets.
 * @param stream the libxl stream from its first byte; not checked yet. Closing it closes the input.
 */
public record ImageSource(Form form, String definition, InputStream stream) {

    /** What lies in front of the libxl stream. */
    public enum Form {
        /** libvirt's head of 64 bytes and the domain XML, as {@code virsh save} writes them. */
        LIBVIRT,
        /** xl's head of 48 bytes and the configuration in JSON, as {@code xl save} writes them. */
        XL,
        /** Nothing. */
        RAW
    }

    /**
     * Finds out which form it is, by its first bytes, and reads the head. Never reads past the head, nor seeks.
     *
     * @throws MalformedImage when it is none of the three, or its head is damaged or of an unknown version
     * @throws IOException what the input throws, unchanged
     */
    public static ImageSource open(InputStream in) throws IOException {
        return SaveFile.open(in);
    }
}
