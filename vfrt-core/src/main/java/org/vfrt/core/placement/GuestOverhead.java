package org.vfrt.core.placement;

import org.vfrt.core.pool.Definition;

/**
 * What Xen takes for a guest besides its memory: page tables, shadow memory, the machinery of each virtual CPU (xapi's {@code memory.ml}, from
 * which the numbers are).
 */
final class GuestOverhead {

    private static final long MIB = 1L << 20;
    private static final long PER_VCPU_BYTES = MIB;
    private static final long HVM_PER_VCPU_BYTES = 38 * 4096;
    private static final int TABLES_SHARE = 128;

    private GuestOverhead() {}

    static long bytes(Definition definition) {
        boolean plain = definition.kind() == Definition.Kind.PV;
        long fixed = plain ? MIB : 2 * MIB;
        long tables = plain ? 0 : definition.memoryBytes() / TABLES_SHARE;
        long perVcpu = PER_VCPU_BYTES + (definition.kind() == Definition.Kind.HVM ? HVM_PER_VCPU_BYTES : 0);
        return fixed + tables + perVcpu * definition.vcpus();
    }
}
