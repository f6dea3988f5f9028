package org.vfrt.xen.endpoint;

/** A client sent bytes that are not what the protocol says. Its connection ends; nothing else is touched. */
final class MalformedMessage extends Exception {

    private static final long serialVersionUID = 1L;

    MalformedMessage(String message) {
        super(message);
    }
}
