package org.vfrt.core.image;

/**
 * How the inlined libxc stream begins.
 *
 * @param version 2 (Xen 4.6 to 4.13) or 3
 * @param guest how the guest is virtualised, as far as libxc tells them apart
 * @param xenMajor of the Xen that wrote it; 0 when converted from the format before Xen 4.6
 */
public record LibxcHeader(int version, Guest guest, int xenMajor, int xenMinor) {

    /** What libxc tells apart. */
    public enum Guest {
        /** Paravirtualised. */
        PV,
        /** Hardware-assisted: HVM and PVH. */
        HVM
    }
}
