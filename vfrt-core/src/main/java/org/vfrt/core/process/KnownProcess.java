package org.vfrt.core.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
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

    private static final String UNKNOWN = "unknown";

    /** Returns the one that asks. */
    public static KnownProcess current() {
        ProcessHandle own = ProcessHandle.current();
        return new KnownProcess(own.pid(), own.info().startInstant());
    }

    /** Returns the one that asks, as a text from which {@link #isDead} tells, on whatever machine that is asked. */
    public static String note() {
        KnownProcess own = current();
        return String.join(
                " ",
                machine(),
                boot(),
                String.valueOf(own.id()),
                own.begun().map(Instant::toString).orElse("-"));
    }

    /** Returns whether the process that noted itself so is dead for sure: it ran on this machine, and does not any more. */
    public static boolean isDead(String note) {
        String[] words = note.strip().split(" ", -1);
        if (words.length != 4 || machine().equals(UNKNOWN) || !words[0].equals(machine())) {
            return false;
        }
        String[] then = words[1].split("/", -1);
        String[] now = boot().split("/", -1);
        if (!then[0].equals(now[0])) {
            return !now[0].equals(UNKNOWN);
        }
        try {
            // In another container the same number stands for another process.
            return words[1].equals(boot())
                    && !new KnownProcess(
                                    Long.parseLong(words[2]),
                                    words[3].equals("-") ? Optional.empty() : Optional.of(Instant.parse(words[3])))
                            .runs();
        } catch (NumberFormatException | DateTimeException e) {
            return false;
        }
    }

    private static String machine() {
        return read("/etc/machine-id");
    }

    private static String boot() {
        try {
            return read("/proc/sys/kernel/random/boot_id") + "/" + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static String read(String file) {
        try {
            String text = Files.readString(Path.of(file)).strip();
            return text.isEmpty() || text.contains(" ") ? UNKNOWN : text;
        } catch (IOException e) {
            return UNKNOWN;
        }
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
