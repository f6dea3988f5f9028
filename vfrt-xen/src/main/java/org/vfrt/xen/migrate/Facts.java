package org.vfrt.xen.migrate;

/** The journal keys of a live migration, beside those of {@link org.vfrt.core.migrate.MigrationFacts}. */
final class Facts {

    /** Private directory on the source, made for this migration. */
    static final String HOST_DIRECTORY = "hostDirectory";

    /** The guest's domain id on the source: another id means that it is not the same run of the guest. */
    static final String DOMAIN_ID = "domainId";

    /** The port that the source sends to. */
    static final String SEND_PORT = "sendPort";

    /** The port on which the target's libvirt listens. */
    static final String RECEIVE_PORT = "receivePort";

    /** Whether the source keeps a definition of the guest, which then goes along. */
    static final String PERSISTENT = "persistent";

    /** Whether the target had a definition of it before. */
    static final String TARGET_HAD = "targetHad";

    static final String PHASE = "phase";

    /** libvirt's job is open on the source, and the memory may be on its way. The guest cannot run on the target. */
    static final String COPYING = "copying";

    /** The target may have let the guest run. Nobody resumes it on the source without having asked there. */
    static final String FINISHING = "finishing";

    /** The target has said that the guest runs there. */
    static final String CONFIRMING = "confirming";

    private Facts() {}
}
