package org.vfrt.xen.host;

/**
 * An open entrance whose exit is on the other machine. Closing it closes the entrance; connections that are open through it live on
 * until they end by themselves.
 */
public interface Tunnel extends AutoCloseable {

    /** Returns the entrance: the path of a socket, or {@code 127.0.0.1:PORT}. */
    String address();

    /** Returns the port of the entrance, 0 for a socket. */
    int port();

    @Override
    void close();
}
