package org.vfrt.xen.host;

import java.util.SplittableRandom;

/** Where libvirt on a host is asked to listen for a guest's memory. */
public final class ReceivePort {

    /** Above those that libvirt hands out by itself (49152 to 49216), so that the two never meet. */
    private static final int LOWEST = 49_300;

    private static final int COUNT = 600;

    private ReceivePort() {}

    /** Returns any of them; whether it is free only the host can tell. */
    public static int any(SplittableRandom random) {
        return LOWEST + random.nextInt(COUNT);
    }
}
