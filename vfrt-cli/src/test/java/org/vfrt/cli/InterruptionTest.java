package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class InterruptionTest {

    private final StringWriter err = new StringWriter();

    private Interruption within(Duration grace) {
        return new Interruption(new PrintWriter(err), grace);
    }

    @Test
    void aCommandThatOnlyReadsEndsAtOnce() {
        Interruption interruption = within(Duration.ofHours(1));
        interruption.onSignal();
        assertThat(interruption.requested()).isTrue();
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void theEndOfARunIsNoInterruption() {
        Interruption interruption = within(Duration.ofHours(1));
        interruption.ended();
        interruption.onSignal();
        assertThat(interruption.requested()).isFalse();
    }

    @Test
    void anOperationIsWaitedForUntilItsResultIsWritten() throws InterruptedException {
        Interruption interruption = within(Duration.ofHours(1));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        Thread work = new Thread(() -> {
            interruption.shelter("checkpoint create", () -> {
                begun.countDown();
                await(finish);
            });
            interruption.ended();
        });
        work.start();
        begun.await();
        Thread signal = new Thread(interruption::onSignal);
        signal.start();
        while (!interruption.requested()) {
            Thread.onSpinWait();
        }
        assertThat(signal.isAlive()).isTrue();
        finish.countDown();
        signal.join();
        work.join();
        assertThat(err.toString())
                .contains("'checkpoint create' gets up to 3600 s")
                .doesNotContain("left in the middle");
    }

    @Test
    void anOperationThatDoesNotEndIsLeftInTheMiddle() {
        Interruption interruption = within(Duration.ofMillis(50));
        interruption.shelter("checkpoint create", interruption::onSignal);
        assertThat(err.toString()).contains("left in the middle").contains("vfrt host check");
    }

    @Test
    void theNextGuestIsNotBegunAfterASignal() {
        StringWriter out = new StringWriter();
        FakeWorld world = FakeWorld.named("pool");
        world.interruption().onSignal();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), world, "checkpoint", "create", "web1", "web2");
        assertThat(world.asked).containsExactly("settle");
        assertThat(code).isEqualTo(1);
        assertThat(err.toString()).contains("guest 'web2' was not begun");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
