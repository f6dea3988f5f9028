package org.vfrt.core.standby;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.vfrt.core.claim.Register;
import org.vfrt.core.failure.Failure;

/** Starts guests as another does, and goes on saying in the register that it is at it: a large guest takes longer than anybody's patience. Safe for several threads. */
public final class BeatingActivator implements Activator {

    private final Activator activator;
    private final Register register;
    private final Identity self;
    private final Duration beat;

    /** @param beat how often; well within the patience of others */
    public BeatingActivator(Activator activator, Register register, Identity self, Duration beat) {
        this.activator = activator;
        this.register = register;
        this.self = self;
        this.beat = beat;
    }

    @Override
    public Way start(Start start, Consumer<List<Way>> announcement) {
        return beating(start, () -> activator.start(start, announcement));
    }

    @Override
    public void settle(Start start) {
        beating(start, () -> {
            activator.settle(start);
            return start;
        });
    }

    private <T> T beating(Start start, Supplier<T> work) {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "beat");
            made.setDaemon(true);
            return made;
        });
        Future<?> beats = thread.scheduleWithFixedDelay(
                () -> say(start), beat.toMillis(), beat.toMillis(), TimeUnit.MILLISECONDS);
        try {
            return work.get();
        } finally {
            beats.cancel(false);
            thread.shutdown();
        }
    }

    /** One who has taken over meanwhile is left alone. */
    private void say(Start start) {
        try {
            Optional<Register.Entry> there = register.read(Starts.key(start.guest()));
            there.filter(entry -> Starts.isOf(self, entry))
                    .ifPresent(entry -> register.write(
                            entry.key(),
                            entry.revision(),
                            Starts.value(self, start.place().host(), entry.revision())));
        } catch (Failure e) {
            // The next beat may be heard.
        }
    }
}
