package org.vfrt.core.disk;

/**
 * A disk that a snapshot has taken the place of, and what was there before.
 *
 * @param origin what the engine knows the disk by
 * @param kept what it knows the state by that was replaced; it is there until it is confirmed that it is not needed
 */
public record ReplacedDisk(Engine engine, String origin, String kept) {}
