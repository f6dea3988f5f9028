package org.vfrt.core.standby;

import java.util.List;
import org.vfrt.core.failure.Reason;

/**
 * What one round of {@link RunStandby} did and found.
 *
 * @param leads whether this controller leads; if not, it did nothing
 * @param leader who leads
 * @param done what was done, in words
 * @param alarms what is not as it should be, and stays so until something is done
 */
public record StandbyReport(boolean leads, String leader, List<String> done, List<Reason> alarms) {

    public StandbyReport {
        done = List.copyOf(done);
        alarms = List.copyOf(alarms);
    }
}
