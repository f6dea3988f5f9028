package org.vfrt.xen.endpoint;

import java.util.Set;

/** What the endpoint plays in a migration. Called by several threads at once. */
interface Role {

    /** Returns the features (see {@link Feature}) that a client is told about. */
    Set<Integer> features();

    /**
     * Returns whether a call of this procedure may last. Such calls are taken off the connection's reading thread, which goes
     * on to answer pings and to notice that the client went away.
     */
    boolean lasts(int procedure);

    /** Answers one call that is not the same for every role. */
    Answer call(RpcConnection client, int procedure, XdrReader arguments) throws MalformedMessage;

    /**
     * Hears what became of the answer to a call that lasts.
     *
     * @param delivered whether the whole answer was handed to a connection that was open until then
     */
    void answered(RpcConnection client, int procedure, boolean delivered);

    /** Hears, once per connection, that it has ended. */
    void gone(RpcConnection client);
}
