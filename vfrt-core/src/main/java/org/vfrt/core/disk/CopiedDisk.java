package org.vfrt.core.disk;

/**
 * A disk of a second copy of a guest, made of a checkpoint's snapshot.
 *
 * @param target what the copy knows it by
 * @param snapshot what it is made of
 * @param reference what the engine knows it by
 * @param path where the copy's definition finds it
 */
public record CopiedDisk(Engine engine, String target, String snapshot, String reference, String path) {}
