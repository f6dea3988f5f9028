package org.vfrt.core.disk;

/**
 * What a checkpoint's store holds of a disk.
 *
 * @param firstPage where in the checkpoint's map of pages it begins
 * @param root what it is known by: SHA-256 over its pages' ids, 64 lower-case hexadecimal digits
 */
public record DiskContent(long firstPage, String root) {}
