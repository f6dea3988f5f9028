package org.vfrt.xen.endpoint;

/** The numbers of the procedures that vfrt knows (libvirt {@code src/remote/remote_protocol.x}). */
final class Procedure {

    static final int CONNECT_OPEN = 1;
    static final int CONNECT_CLOSE = 2;
    static final int CONNECT_GET_TYPE = 3;
    static final int DOMAIN_LOOKUP_BY_NAME = 23;
    static final int DOMAIN_LOOKUP_BY_UUID = 24;
    static final int CONNECT_GET_HOSTNAME = 59;
    static final int CONNECT_SUPPORTS_FEATURE = 60;
    static final int AUTH_LIST = 66;
    static final int CONNECT_GET_URI = 110;
    static final int DOMAIN_GET_STATE = 212;
    static final int CONNECT_LIST_ALL_DOMAINS = 273;
    static final int DOMAIN_MIGRATE_BEGIN3_PARAMS = 302;
    static final int DOMAIN_MIGRATE_PREPARE3_PARAMS = 303;
    static final int DOMAIN_MIGRATE_PERFORM3_PARAMS = 305;
    static final int DOMAIN_MIGRATE_FINISH3_PARAMS = 306;
    static final int DOMAIN_MIGRATE_CONFIRM3_PARAMS = 307;

    private Procedure() {}
}
