package org.vfrt.core.journal;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A process of this machine, as it was noted. Its number is given again, after a reboot soon, so when it began is noted too.
 *
 * @param id its number
 * @param begun as the system said then; empty when that is not known, and then the number alone counts
 */
public record KnownProcess(long id, Optional<Instant> begun) {

    /** The kernel counts process starts from its boot time, which it corrects by up to a second as its clock is adjusted. */
    private static final Duration SLACK = Duration.ofSeconds(3);

    /** Returns the one that asks. */
    public static KnownProcess current() {
        ProcessHandle own = ProcessHandle.current();
        return new KnownProcess(own.pid(), own.info().startInstant());
    }

    /** Returns whether it still runs, as far as can be told. */
    public boolean runs() {
        return ProcessHandle.of(id)
                .filter(ProcessHandle::isAlive)
                .filter(process -> isSame(process.info().startInstant()))
                .isPresent();
    }

    private boolean isSame(Optional<Instant> found) {
        return begun.isEmpty()
                || found.isEmpty()
                || Duration.between(begun.get(), found.get()).abs().compareTo(SLACK) <= 0;
    }
}
