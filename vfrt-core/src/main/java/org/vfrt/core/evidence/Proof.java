package org.vfrt.core.evidence;

import java.util.List;
import java.util.Set;

/** Finds evidence that boots of a host have ended. */
@FunctionalInterface
public interface Proof {

    /**
     * Finds it, and writes it into the register.
     *
     * @param boots all of them were seen before this is called: what is asked afterwards is about all of them
     * @return one for each boot
     * @throws org.vfrt.core.failure.Refused when there is none, with all that is missing and how to get it
     */
    List<Evidence> run(String host, Set<String> boots);
}
