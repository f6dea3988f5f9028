package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class LinuxProcessesTest {

    private final LinuxProcesses processes = new LinuxProcesses();
    private final Owner self = processes.self();

    private Owner begun(String started) {
        return new Owner(self.machine(), self.pid(), started, self.shown());
    }

    @Test
    void aLivingProcessIsNotTakenForDead() {
        assertThat(processes.isDead(self)).isFalse();
        // Where it is not known when it began, its number alone counts.
        assertThat(processes.isDead(begun(""))).isFalse();
    }

    @Test
    void aNumberThatWasGivenAgainIsAnotherProcess() {
        assertThat(processes.isDead(begun(Long.toString(Long.parseLong(self.started()) - 1))))
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
