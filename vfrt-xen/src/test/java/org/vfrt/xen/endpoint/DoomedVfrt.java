package org.vfrt.xen.endpoint;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A vfrt that reads a little and then waits to be killed. */
final class DoomedVfrt {

    private DoomedVfrt() {}

    public static void main(String[] words) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        ReceiverProcess receiver = ReceiverProcess.start(ReceiverSettings.loopback());
        out.println(receiver.port());
        out.println(receiver.pid());
        receiver.image().bytes().readNBytes(1000);
        out.println("reading");
        Thread.sleep(Duration.ofMinutes(1).toMillis());
    }
}
