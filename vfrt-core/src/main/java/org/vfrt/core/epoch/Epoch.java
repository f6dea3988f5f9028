package org.vfrt.core.epoch;

import java.time.Instant;

/**
 * A complete epoch: the guest as it was at one instant.
 *
 * @param number in its stream, counted from 1
 * @param instant when the first byte of what changed last had arrived: the guest stood still by then. By the clock of who received it
 * @param complete when its last byte had arrived
 * @param pages that were sent with it
 * @param bytes that it took in the stream
 */
public record Epoch(long number, Instant instant, Instant complete, long pages, long bytes) {}
