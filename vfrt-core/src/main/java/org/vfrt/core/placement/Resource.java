package org.vfrt.core.placement;

/** What a host can run short of. */
public enum Resource {
    /** Memory. Xen gives out no more than there is, so it has a hard limit. */
    MEMORY(0),
    /** Time of physical CPUs, as measured. Nothing but speed is lost when it runs short. */
    CPU(1),
    /** Virtual CPUs, used or not, for each physical one. */
    VCPUS(2);

    /** All of them; {@link #values} makes a new array each time. */
    static final Resource[] ALL = values();

    static final int COUNT = ALL.length;

    private final int column;

    Resource(int column) {
        this.column = column;
    }

    /** Returns its place in arrays that have a number for each resource. */
    int column() {
        return column;
    }
}
