package org.vfrt.core.pool;

/**
 * A disk of a guest, as its definition names it (https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms).
 *
 * @param target what the guest knows it by, as {@code xvda}
 * @param source where its bytes are
 * @param path of the file or device on the host; empty for every other source
 * @param format of the bytes, as {@code raw} or {@code qcow2}
 * @param writable whether the guest can write to it
 */
public record Disk(String target, Source source, String path, String format, boolean writable) {

    /** Where a disk's bytes are. */
    public enum Source {
        FILE,
        DEVICE,
        /** An empty drive. */
        NONE,
        /** Something that the host does not show as a file or device, as a network disk. */
        OTHER
    }
}
