package org.vfrt.core.evidence;

import java.util.List;

/** Which devices take a host's power away. */
public interface FenceTopology {

    /** Returns the levels, the first one to be tried first. Within a level, all devices have to be off: two power supplies on two strips for example. */
    List<List<FenceDevice>> levels(String host);
}
