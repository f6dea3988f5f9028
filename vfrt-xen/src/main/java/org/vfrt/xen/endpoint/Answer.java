package org.vfrt.xen.endpoint;

/** What a call is answered with: a result or an error. */
sealed interface Answer permits Answer.Result, RpcError {

    /** The body of a successful reply. */
    record Result(XdrWriter body) implements Answer {}

    /** A result without a body. */
    static Answer empty() {
        return new Result(new XdrWriter());
    }
}
