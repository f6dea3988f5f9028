package org.vfrt.core.image;

/**
 * What a stream that was read to its end holds.
 *
 * @param bytes its length, from the libxl header to the libxl END
 * @param header how its libxc part begins
 * @param entries pages named, also those without data and those sent again
 * @param pages pages with data, also those sent again
 * @param zeroPages how many of {@code pages} are nothing but zeros
 * @param pfnHighest the highest page frame number named; -1 when there is none
 * @param rounds how often the copying began from the front: 1 for a save, more for a live migration, 0 without any page
 * @param lastRoundOffset where the first record of the last round begins; 0 when {@code rounds} is 0
 * @param emulatorState whether the state of an emulator is there: an HVM guest needs it, PV and PVH guests have none
 */
public record StreamSummary(
        long bytes,
        LibxcHeader header,
        long entries,
        long pages,
        long zeroPages,
        long pfnHighest,
        int rounds,
        long lastRoundOffset,
        boolean emulatorState) {}
