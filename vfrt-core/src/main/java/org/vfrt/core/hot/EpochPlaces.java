package org.vfrt.core.hot;

import java.nio.file.Path;
import java.util.UUID;

/**
 * Where the epochs of all guests are kept: on the machine that receives them. Immutable.
 *
 * @param directory of all
 */
public record EpochPlaces(Path directory) {

    /** Returns the directory of one guest's. */
    public Path of(UUID guest) {
        return directory.resolve(guest.toString());
    }
}
