package org.vfrt.core.pack;

import java.util.List;

/**
 * What came of an image that was packed.
 *
 * @param imageBytes the length of the image in its normal form, as it comes out again
 * @param root SHA-256 over the image's records and over every page frame's type and content, 64 lower-case hexadecimal digits: what
 *     a whole image is known by. In an encrypted store it depends on the store's key.
 * @param diskRoots the same for the content of each disk, in the order in which they came
 * @param pages pages of memory with data that were named, each counted once
 * @param newPages how many pages, of disks too, had to be stored, whole or as differences
 * @param packBytes the length of the pack
 * @param leadsTo the other packs whose pages or maps it leads to
 */
public record PackedImage(
        long imageBytes,
        String root,
        List<String> diskRoots,
        long pages,
        long newPages,
        long packBytes,
        List<String> leadsTo) {

    public PackedImage {
        diskRoots = List.copyOf(diskRoots);
        leadsTo = List.copyOf(leadsTo);
    }
}
