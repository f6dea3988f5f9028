package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.store.MemoryStore;

final class CheckHostTest {

    private static final Reason NO_SOCKET = new Reason("no-libvirt-socket", "virsh gets no answer", "Start it.");

    @TempDir
    private Path state;

    private List<Reason> check(String host) {
        return new CheckHost(
                        new FakePool("xen1", "xen2").pool(),
                        List.of(),
                        one -> one.host().name().equals("xen2") ? List.of(NO_SOCKET) : List.of(),
                        new MemoryStore(),
                        new Journal(state, Clock.systemUTC()))
                .run(host);
    }

    @Test
    void whatIsInTheWayOfMigrationsIsSaidOfTheHostThatItIsAbout() {
        assertThat(check("xen1")).isEmpty();
        assertThat(check("xen2")).containsExactly(NO_SOCKET);
    }
}
