package org.vfrt.xen.host;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Temporary;

/**
 * A small program on the guest's own host that makes sure the guest goes on, whatever becomes of vfrt or the network
 * ({@code guard.sh}). While it is open it waits for commands; when its input ends without a goodbye it acts alone.
 *
 * <p>For one thread.
 */
public final class GuestGuard implements AutoCloseable {

    /** Where Debian's Xen tools let a suspended guest be resumed from. */
    public enum Way {
        /** {@code xl resume}, from Xen 4.20 on. */
        XL,
        /** The low-level bindings of xen-utils. */
        XC,
        /** A restart of libvirtd, after which libvirt accepts a wake-up. */
        RESTART
    }

    /** A host that is gone is known sooner, by its ssh; one that is merely slow must not lose a checkpoint. */
    private static final Duration ANSWER = Duration.ofMinutes(5);

    /** Longer than all that the guard waits for before it answers, on a host where each look takes a while. */
    private static final Duration WORK = Duration.ofMinutes(15);

    private static final String WORKING = "working";
    private static final String FILE = "guard.sh";
    private static final HostScript SCRIPT = HostScript.beside(GuestGuard.class, FILE);
    private static final int STILL_WAITING = 75;

    /** What the guard's program says of a guest that it could not take away. */
    private static final String OVER =
            "FAILED the guest ended by itself during its capture, and libvirt still takes it for running";

    /** The code of a failure because the guest is not there any more; nothing is left to be done on its host. */
    public static final String GONE = "guest-gone";

    private static final Duration GOODBYE = Duration.ofSeconds(10);

    private final HostDialogue dialogue;

    private GuestGuard(HostDialogue dialogue) {
        this.dialogue = dialogue;
    }

    /** Puts the guard's program into a private directory on the host, and starts it for one guest. */
    public static GuestGuard watch(HostShell shell, String hostDirectory, int domainId, UUID uuid) {
        return watch(shell, hostDirectory, domainId, uuid, "");
    }

    /**
     * The same for a migration whose memory is sent to this port: left alone, it takes a job of libvirt that sends nothing any more for
     * one that nobody will end, and ends it.
     */
    public static GuestGuard watch(HostShell shell, String hostDirectory, int domainId, UUID uuid, int port) {
        return watch(shell, hostDirectory, domainId, uuid, Integer.toString(port));
    }

    private static GuestGuard watch(HostShell shell, String hostDirectory, int domainId, UUID uuid, String port) {
        // A session of its own: the end of the ssh session must not take the guard along. Without '--wait' setsid would
        // leave at once, and sshd would take that for the end of the command and close its input.
        GuestGuard guard = new GuestGuard(new HostDialogue(
                shell.start(installed("setsid --wait", hostDirectory, "watch", domainId, uuid, port)), "guard"));
        guard.expect("ready");
        return guard;
    }

    /** Asks how a suspended guest would be resumed on this host. */
    public static Way way(HostShell shell) {
        HostShell.Result result = SCRIPT.run(shell, List.of("can"), ANSWER);
        return switch (result.output().strip()) {
            case "xl" -> Way.XL;
            case "xc" -> Way.XC;
            default -> Way.RESTART;
        };
    }

    /**
     * Makes sure that a guest runs and that libvirt sees its next poweroff, after a capture whose process died. Idempotent.
     *
     * @return what was found and done, one sentence each
     * @throws Failed when the guest is suspended and could not be resumed
     * @throws Temporary {@code guest-in-job}: libvirt is not done with it yet
     */
    public static List<String> cure(HostShell shell, String hostDirectory, int domainId, UUID uuid) {
        return cure(shell, hostDirectory, domainId, uuid, "");
    }

    /** The same after a migration whose memory was sent to this port. */
    public static List<String> cure(HostShell shell, String hostDirectory, int domainId, UUID uuid, int port) {
        return cure(shell, hostDirectory, domainId, uuid, Integer.toString(port));
    }

    private static List<String> cure(HostShell shell, String hostDirectory, int domainId, UUID uuid, String port) {
        HostShell.Result result =
                shell.run(installed("", hostDirectory, "cure", domainId, uuid, port), Duration.ofMinutes(10));
        List<String> sentences = result.output().lines().toList();
        if (result.exitCode() == STILL_WAITING) {
            throw new Temporary(
                    "guest-in-job",
                    "guest '" + uuid + "' is not settled yet: " + String.join("; ", sentences),
                    "A big guest's memory takes its time: run the command again later.");
        }
        if (sentences.stream().anyMatch(OVER::equals)) {
            throw over();
        }
        if (result.exitCode() != 0) {
            throw new Failed(
                    "guest-suspended",
                    "guest '" + uuid + "' is suspended on its host, and could not be resumed: "
                            + String.join("; ", sentences),
                    "On the host, type 'systemctl restart libvirtd', then 'virsh dompmwakeup " + uuid + "'.");
        }
        return sentences;
    }

    /**
     * Takes away the suspended domain of a guest that goes on elsewhere. Idempotent.
     *
     * @param port where the guest's memory was sent to
     * @return what was found and done, one sentence each
     * @throws Failed {@code still-there}: it runs, or could not be taken away
     */
    public static List<String> remove(HostShell shell, String hostDirectory, int domainId, UUID uuid, int port) {
        HostShell.Result result = shell.run(
                installed("", hostDirectory, "remove", domainId, uuid, Integer.toString(port)), Duration.ofMinutes(10));
        List<String> sentences = result.output().lines().toList();
        if (!result.ok()) {
            throw new Failed(
                    "still-there",
                    "guest '" + uuid + "' is still on its old host: " + String.join("; ", sentences),
                    "Look with 'xl list -v' on both hosts, and end the domain that is wrong.");
        }
        return sentences;
    }

    /**
     * Resumes the guest if it is suspended, now. Returns only when Xen itself says that the guest runs.
     *
     * @return whether it was suspended
     * @throws Failed when it is gone, or stays suspended, or Xen does not say how it is
     */
    public boolean resume() {
        send("resume");
        String answer = answer();
        return switch (answer) {
            case "ran" -> false;
            case "resumed" -> true;
            case "gone" ->
                throw new Failed(
                        GONE,
                        "the guest shut down, rebooted or was destroyed in the meantime",
                        "Look at it with 'virsh domstate --reason GUEST' on its host.");
            case "paused" ->
                throw new Failed(
                        "guest-paused",
                        "the guest is paused, by somebody other than vfrt",
                        "Let it run with 'virsh resume GUEST' on its host, or with 'xl unpause GUEST' if libvirt takes it for running.");
            case "over" -> throw over();
            default -> throw suspended(answer);
        };
    }

    /**
     * Tells the guard that libvirt's death watch was set up anew, so that it need not do it itself.
     *
     * @throws Failed when Xen does not say that the guest runs, and it has not shut down either; the guard then still acts alone
     */
    public void rearmed() {
        send("rearmed");
        String answer = answer();
        if (!answer.equals("runs") && !answer.equals("gone")) {
            throw suspended(answer);
        }
    }

    private static Failed over() {
        return new Failed(
                "guest-over",
                "the guest ended by itself during its capture, and libvirt still takes it for running",
                "On the host, type 'virsh destroy GUEST', and start it again if it is to run.");
    }

    private static Failed suspended(String answer) {
        return new Failed(
                "guest-suspended",
                "the guest is suspended on its host, and could not be resumed: the guard answers '" + answer + "'",
                "On the host, type 'systemctl restart libvirtd', then 'virsh dompmwakeup GUEST'.");
    }

    /**
     * Lets the guard go while the guest stands still: from here on it may run elsewhere, and must not be resumed here by anyone who has not
     * asked there. Returns only when the guard has said so.
     */
    public void standDown() {
        send("stand-down");
        expect("standing-down");
    }

    /** Says goodbye: the guest is known to run. Without it the guard acts alone once the input ends. */
    public void dismiss() {
        send("done");
        dialogue.awaitEnd(GOODBYE);
    }

    /** Ends the input. A guard that was not dismissed makes sure of the guest by itself, and then ends. */
    @Override
    public void close() {
        dialogue.close();
    }

    /**
     * Returns the command that puts the program into its directory and runs it, in one go: each further one would cost another
     * process on the host. A cure may come after the directory was swept away with a reboot of the host, and a guard that still
     * runs keeps the file it was started from.
     */
    private static List<String> installed(
            String prefix, String hostDirectory, String verb, int domainId, UUID uuid, String port) {
        return List.of(
                "sh",
                "-c",
                "umask 077; mkdir -p \"$1\" && rm -f \"$1/" + FILE + "\" && printf %s \"$2\" >\"$1/" + FILE
                        + "\" && exec " + prefix + " bash \"$1/" + FILE + "\" \"$3\" \"$4\" \"$5\" \"$6\"",
                "sh",
                hostDirectory,
                SCRIPT.text(),
                verb,
                Integer.toString(domainId),
                uuid.toString(),
                port);
    }

    private void send(String command) {
        try {
            dialogue.say(command);
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private void expect(String word) {
        String answer = answer();
        if (!answer.equals(word)) {
            throw new Failed("guard-confused", "the guard on the host answered '" + answer + "'", "Run with '-v'.");
        }
    }

    private String answer() {
        try {
            long begun = System.nanoTime();
            String line;
            do {
                line = dialogue.hear(ANSWER).orElseThrow(() -> gone(null));
                if (System.nanoTime() - begun > WORK.toNanos()) {
                    throw gone(null);
                }
            } while (line.equals(WORKING));
            return line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw gone(e);
        }
    }

    private static Temporary gone(@Nullable Throwable cause) {
        return new Temporary(
                "guard-gone",
                "the guard on the guest's host does not answer",
                "It makes sure of the guest by itself; run any vfrt command that changes something, and it will say what it found.",
                cause);
    }
}
