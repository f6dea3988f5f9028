package org.vfrt.core.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.UUID;

/** A process that takes a guest's lock, begins an entry, says so, and then does nothing until it is killed. */
final class HoldLock {

    private HoldLock() {}

    public static void main(String[] arguments) throws IOException {
        Path state = Path.of(arguments[0]);
        UUID guest = UUID.fromString(arguments[1]);
        Clock clock = Clock.system(ZoneId.systemDefault());
        GuestLock lock = new GuestLocks(state, clock).take(guest, "web1", "checkpoint create", Duration.ZERO);
        JournalEntry entry = new Journal(state, clock).begin("checkpoint create", lock, "web1", "xen1");
        entry.note("checkpoint", "20261122T101500Z-00000001");
        System.out.println("held");
        System.out.flush();
        // Ends by itself when the test that started it is gone.
        int end = System.in.read();
        lock.close();
        System.out.println("closed " + end);
    }
}
