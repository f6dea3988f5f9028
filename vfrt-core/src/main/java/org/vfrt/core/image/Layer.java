package org.vfrt.core.image;

/** Whose record it is. The libxc stream lies within the libxl stream, and both number their record types from 0. */
public enum Layer {
    /** Written by libxl: the emulator's state and the frame around the libxc stream. */
    LIBXL,
    /** Written by libxc: memory, processors, platform. */
    LIBXC
}
