package org.vfrt.core.migrate;

/** What a migration writes into the journal for whoever has to settle it. */
public final class MigrationFacts {

    /** The name of the host it goes to. */
    public static final String TARGET = "target";

    /** That host's libvirt URI: a name may mean another host under another configuration. */
    public static final String TARGET_URI = "targetUri";

    private MigrationFacts() {}
}
