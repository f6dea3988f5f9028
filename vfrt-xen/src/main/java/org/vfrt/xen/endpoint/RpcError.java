package org.vfrt.xen.endpoint;

/** A libvirt error, as a client of libvirt will show it. */
record RpcError(int code, String message) implements Answer {

    static final int INTERNAL = 1;
    static final int NO_SUPPORT = 3;
    static final int INVALID_ARGUMENT = 8;
    static final int OPERATION_FAILED = 9;
    static final int RPC = 39;
    static final int NO_DOMAIN = 42;
    static final int OPERATION_INVALID = 55;

    private static final int DOMAIN_NONE = 0;
    private static final int LEVEL_ERROR = 2;

    /** Far below libvirt's limit for a string, far above any sentence. */
    private static final int MESSAGE_CHARS_MAX = 4096;

    RpcError {
        message = message.length() > MESSAGE_CHARS_MAX ? message.substring(0, MESSAGE_CHARS_MAX) : message;
    }

    static RpcError noSupport(int procedure) {
        return new RpcError(
                NO_SUPPORT, "vfrt's store does not support this function (libvirt procedure " + procedure + ")");
    }

    /** Returns the body of an error reply ({@code virNetMessageError}). */
    byte[] toBytes() {
        return new XdrWriter()
                .int32(code)
                .int32(DOMAIN_NONE)
                .optionalString(message)
                .int32(LEVEL_ERROR)
                .absent() // the guest
                .absent() // three texts
                .absent()
                .absent()
                .int32(-1) // two numbers
                .int32(-1)
                .absent() // the network
                .toBytes();
    }
}
