package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;

@Timeout(20)
final class AskHostsTest {

    private static final List<Host> HOSTS = List.of(
            new Host("slow", HostUri.parse("xen+ssh://slow/"), Optional.empty()),
            new Host("xen1", HostUri.parse("xen+ssh://xen1/"), Optional.empty()));

    @Test
    void aHostThatHangsDoesNotKeepTheOthersAnswer() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        List<AskHosts.Answer<String>> answers = new AskHosts(
                        FakeWorld.named("pool").hypervisors(), Duration.ofMillis(300))
                .run(HOSTS, hypervisor -> answer(hypervisor, end));
        end.countDown();
        assertThat(answers.get(0).failure()).get().isInstanceOf(Temporary.class);
        assertThat(answers.get(0).failure().get().getMessage()).contains("'slow' did not answer within");
        assertThat(answers.get(1).value()).contains("xen1");
    }

    @Test
    void hostsAreAskedAtTheSameTime() {
        CountDownLatch both = new CountDownLatch(2);
        List<AskHosts.Answer<Boolean>> answers = new AskHosts(
                        FakeWorld.named("pool").hypervisors(), Duration.ofSeconds(10))
                .run(HOSTS, hypervisor -> {
                    both.countDown();
                    try {
                        both.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return true;
                });
        assertThat(AskHosts.failures(answers)).isEmpty();
    }

    private static String answer(Hypervisor hypervisor, CountDownLatch end) {
        if (hypervisor.host().name().equals("slow")) {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return hypervisor.host().name();
    }
}
