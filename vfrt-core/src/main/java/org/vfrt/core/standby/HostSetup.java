package org.vfrt.core.standby;

import java.util.List;
import org.vfrt.core.pool.Hypervisor;

/** Has hosts ask for permits, and takes that away again. */
public interface HostSetup {

    /** What is to be done with a host. */
    enum Task {
        /** Nothing: only say what there is. */
        LOOK,
        INSTALL,
        REMOVE
    }

    /**
     * One thing that has to be there.
     *
     * @param kind {@code hook}, {@code unit}, or {@code daemon}
     * @param state {@code there}, {@code missing}, {@code outdated}; of the daemon {@code asks} or {@code deaf}: it asks a hook only that was there when it started
     * @param what its path, or the daemon's name
     */
    record Part(String kind, String state, String what) {

        /** Returns whether it is as it has to be. */
        public boolean right() {
            return state.equals("there") || state.equals("asks");
        }
    }

    /**
     * Does it. Installing may start libvirt's daemon anew, which guests do not notice and captures do.
     *
     * @return what is there afterwards
     * @throws org.vfrt.core.failure.Refused when it is to be removed, and the host still guards guests
     * @throws org.vfrt.core.failure.Failed when it did not work; it can be tried again
     * @throws org.vfrt.core.failure.Temporary when the way to the host breaks
     */
    List<Part> run(Hypervisor host, Task task);
}
