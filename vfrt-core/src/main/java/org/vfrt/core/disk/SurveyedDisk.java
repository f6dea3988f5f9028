package org.vfrt.core.disk;

import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Disk;

/**
 * A writable disk as its host sees it.
 *
 * @param place empty when it cannot be paired with an image
 * @param obstacle why not
 */
public record SurveyedDisk(Disk disk, Optional<DiskPlace> place, Optional<Reason> obstacle) {

    /** A disk that can be paired. */
    public static SurveyedDisk at(Disk disk, DiskPlace place) {
        return new SurveyedDisk(disk, Optional.of(place), Optional.empty());
    }

    /** A disk that cannot. */
    public static SurveyedDisk without(Disk disk, Reason obstacle) {
        return new SurveyedDisk(disk, Optional.empty(), Optional.of(obstacle));
    }
}
