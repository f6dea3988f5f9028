package org.vfrt.xen.endpoint;

import java.util.Set;

/** What a driver can say it supports (libvirt {@code src/libvirt_internal.h}), and what vfrt says in each role. */
final class Feature {

    private static final int MIGRATION_P2P = 4;
    private static final int MIGRATION_DIRECT = 5;
    private static final int MIGRATION_V3 = 6;
    private static final int TYPED_PARAM_STRING = 9;
    private static final int XML_MIGRATABLE = 11;
    private static final int MIGRATION_PARAMS = 13;

    // PROGRAM_KEEPALIVE (10) is in neither set on purpose: a client that hears "no" does not count unanswered pings, so
    // Finish can be held for as long as disk snapshots take. CHANGE_PROTECTION (7) and events are left out because
    // nothing
    // here could honour them.

    /** As shown to work with a source that runs libvirt 9.0.0, peer to peer and client-managed. */
    static final Set<Integer> OF_A_DESTINATION =
            Set.of(MIGRATION_P2P, MIGRATION_DIRECT, MIGRATION_V3, TYPED_PARAM_STRING, XML_MIGRATABLE, MIGRATION_PARAMS);

    /** Without peer to peer: vfrt's endpoint opens no connection to another libvirt by itself. */
    static final Set<Integer> OF_A_SOURCE = Set.of(MIGRATION_V3, TYPED_PARAM_STRING, MIGRATION_PARAMS);

    private Feature() {}
}
