package org.vfrt.core.disk;

/**
 * Where a disk is, and how a snapshot of it is made.
 *
 * @param origin what the engine knows it by: {@code GROUP/VOLUME}, or the path of the file without links
 * @param identity what tells the disk from every other, while it is there
 * @param sizeBytes its size
 */
public record DiskPlace(Engine engine, String origin, String identity, long sizeBytes) {}
