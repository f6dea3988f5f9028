package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class LinuxProcessesTest {

    private final LinuxProcesses processes = new LinuxProcesses();
    private final Owner self = processes.self();

    private Owner begun(Instant started) {
        return new Owner(self.machine(), self.pid(), started.toString(), self.shown());
    }

    /** Two processes see the start of a third one differently, once the clock was adjusted in between. */
    @Test
    void aLivingProcessIsNotTakenForDeadBecauseTheClockWasAdjusted() {
        Instant started = Instant.parse(self.started());
        assertThat(processes.isDead(self)).isFalse();
        assertThat(processes.isDead(begun(started.plusSeconds(1)))).isFalse();
        assertThat(processes.isDead(begun(started.minusSeconds(1)))).isFalse();
    }

    @Test
    void aNumberThatWasGivenAgainIsAnotherProcess() {
        assertThat(processes.isDead(begun(Instant.parse(self.started()).minus(Duration.ofHours(1)))))
                .isTrue();
    }

    @Test
    void nothingIsKnownOfProcessesOfAnotherMachine() {
        assertThat(processes.isDead(new Owner("elsewhere", self.pid(), "", ""))).isFalse();
        assertThat(processes.isDead(new Owner("", 1L << 40, "", ""))).isFalse();
    }

    @Test
    void aProcessThatEndedIsDead() throws IOException, InterruptedException {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        assertThat(processes.isDead(new Owner(self.machine(), ended.pid(), "", "")))
                .isTrue();
    }
}
