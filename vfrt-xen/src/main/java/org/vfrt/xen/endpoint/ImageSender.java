package org.vfrt.xen.endpoint;

import java.io.IOException;

/** Sends the image of a restore. */
@FunctionalInterface
public interface ImageSender {

    /**
     * Connects to the address, sends the whole stream and closes the sending side. Blocks until then; keeps its own deadlines.
     *
     * @param migrateUri where the destination listens, {@code tcp://HOST:PORT}
     * @throws IOException when not everything was sent; the message goes to the client of the migration. Failures of vfrt do
     *     the same
     * @throws InterruptedException when the endpoint closes
     */
    void send(String migrateUri) throws IOException, InterruptedException;
}
