package org.vfrt.xen.endpoint;

import java.time.Duration;

/**
 * The bounds within which clients move.
 *
 * @param connections how many at once; the next one is closed unheard
 * @param messageBytes the largest message. The largest honest one carries a domain XML of some hundred KiB
 * @param messageDeadline from the first byte of a message to its last, in either direction. There is no limit between
 *     messages: a source says nothing while it copies memory
 * @param firstClient how long the socket waits for its first client before it is closed
 */
record RpcLimits(int connections, int messageBytes, Duration messageDeadline, Duration firstClient) {

    static final RpcLimits USUAL = new RpcLimits(8, 4 << 20, Duration.ofSeconds(30), Duration.ofMinutes(10));
}
