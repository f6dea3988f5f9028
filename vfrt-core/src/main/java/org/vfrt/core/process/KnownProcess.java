package org.vfrt.core.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * A process of this machine, as it was noted. Its number is given again, after a reboot soon, so when it began is noted too.
 *
 * @param id its number
 * @param begunTicks when it began, in the kernel's ticks since the machine started; empty when that is not known, and then the number alone
 *     counts. Never a time of day: a clock that is set while a process runs would make it another one, and its locks nobody's.
 */
public record KnownProcess(long id, OptionalLong begunTicks) {

    private static final String UNKNOWN = "unknown";

    /** Which of the words behind the name in {@code /proc/PID/stat} says when it began: the 22nd of all (proc(5)). */
    private static final int BEGUN_WORD = 19;

    /** Returns the one that asks. */
    public static KnownProcess current() {
        long own = ProcessHandle.current().pid();
        return new KnownProcess(own, begunTicks(own));
    }

    /**
     * Returns one that was noted.
     *
     * @param begun what {@link #begun} said of it
     */
    public static KnownProcess of(long id, String begun) {
        try {
            return new KnownProcess(id, OptionalLong.of(Long.parseLong(begun)));
        } catch (NumberFormatException e) {
            return new KnownProcess(id, OptionalLong.empty());
        }
    }

    /** Returns the one that asks, as a text from which {@link #isDead} tells, on whatever machine that is asked. */
    public static String note() {
        KnownProcess own = current();
        return String.join(
                " ",
                machine(),
                boot(),
                String.valueOf(own.id()),
                own.begunTicks().isPresent() ? own.begun() : "-");
    }

    /** Returns when it began, as a text for {@link #of}; empty when that is not known. */
    public String begun() {
        return begunTicks.isPresent() ? Long.toString(begunTicks.getAsLong()) : "";
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
                    && !KnownProcess.of(Long.parseLong(words[2]), words[3]).runs();
        } catch (NumberFormatException e) {
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
                .filter(process -> isSame(begunTicks(id)))
                .isPresent();
    }

    private boolean isSame(OptionalLong found) {
        return begunTicks.isEmpty() || found.isEmpty() || begunTicks.equals(found);
    }

    private static OptionalLong begunTicks(long id) {
        try {
            String stat = Files.readString(Path.of("/proc/" + id + "/stat"), StandardCharsets.ISO_8859_1);
            // A process may have any name, with brackets and blanks in it too.
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return OptionalLong.of(Long.parseLong(words[BEGUN_WORD]));
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
