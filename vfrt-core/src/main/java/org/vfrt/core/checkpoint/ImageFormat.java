package org.vfrt.core.checkpoint;

/** What the bytes of an image are. */
public enum ImageFormat {
    /** A libxl migration stream, revision 2, without any file header in front. */
    LIBXL,
    /** The whole save file of libvirt's test driver. It holds a definition and no memory. */
    LIBVIRT_TEST
}
