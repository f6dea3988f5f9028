package org.vfrt.core.image;

/**
 * How large a guest's stream can be. Beyond it the sender is broken or hostile, and reading on would only fill the store.
 *
 * @param pfnMax the highest page frame number a page may have
 * @param streamBytesMax the longest a stream may be
 */
public record StreamLimits(long pfnMax, long streamBytesMax) {

    private static final long GIB = 1L << 30;
    /** No Xen on x86 addresses more. Keeps the sums below from overflowing. */
    private static final long MEMORY_BYTES_MAX = 1L << 52;

    public StreamLimits {
        if (pfnMax < 0 || streamBytesMax < 0) {
            throw new IllegalArgumentException("limits are not negative");
        }
    }

    /**
     * Returns the limits for a guest of at most this much memory.
     *
     * <p>Page frames: the hole for devices below 4 GiB moves as much memory above 4 GiB as it covers, so that memory ends at
     * most 4 GiB higher than the guest is large. One GiB more covers video memory, firmware, special pages and the frames that
     * a guest's kernel sets up behind its memory for grants.
     *
     * <p>Length: Xen sends five live rounds and one with the guest stopped, so six times the memory with 8 bytes for each page
     * and each hole. Eight times, and one GiB for everything that is not memory, is never reached by a stream of Xen's.
     *
     * @param memoryBytes the most memory the guest can have
     */
    public static StreamLimits forGuest(long memoryBytes) {
        if (memoryBytes <= 0 || memoryBytes > MEMORY_BYTES_MAX) {
            throw new IllegalArgumentException("no guest has " + memoryBytes + " bytes of memory");
        }
        return new StreamLimits((memoryBytes + 5 * GIB) / Wire.PAGE_BYTES - 1, memoryBytes * 8 + GIB);
    }
}
