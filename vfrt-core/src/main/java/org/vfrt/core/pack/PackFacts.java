package org.vfrt.core.pack;

import java.io.IOException;

/**
 * What a pack says of itself without a key.
 *
 * @param pages that lie in it
 * @param bytes its length
 * @param sealed whether it is encrypted
 */
public record PackFacts(long pages, long bytes, boolean sealed) {

    /**
     * Looks at a pack. Reads its ends and its list of frames only.
     *
     * @param source is closed
     * @throws DamagedPack when it is not that pack
     */
    public static PackFacts of(String name, PackSource source) throws IOException {
        try (source;
                PackFile pack = PackFile.open(name, source)) {
            long pages = 0;
            for (int frame = 0; frame < pack.frameCount(); frame++) {
                pages += Long.bitCount(pack.present(frame));
            }
            return new PackFacts(pages, pack.bytes(), pack.sealed());
        }
    }
}
