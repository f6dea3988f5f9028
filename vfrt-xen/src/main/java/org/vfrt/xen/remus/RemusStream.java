package org.vfrt.xen.remus;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Guest;
import org.vfrt.xen.host.GuestGuard;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/**
 * The memory of a guest, sent by its host an epoch after the other. On the host systemd runs {@code xl remus}; its stream comes through the host's shell, and goes nowhere else.
 * Whatever becomes of vfrt, of the connection or of {@code xl}, the guest goes on there: the host itself sees to that.
 *
 * <p>Safe for use by one thread that reads and others that end it.
 */
final class RemusStream implements AutoCloseable {

    private static final HostScript SCRIPT = HostScript.beside(RemusStream.class, "remus.sh");
    private static final HostScript RELAY = HostScript.beside(RemusStream.class, "relay.py");
    private static final HostScript GUARD = HostScript.beside(GuestGuard.class, "guard.sh");

    /** So much of the guest's memory is held on its host while the network is slower than the guest. */
    private static final String HELD_MEBIBYTES = "64";

    private static final String GOING_ON = "going-on";

    private static final Duration CHECK = Duration.ofSeconds(60);
    /** The guard on the host waits for libvirt for nine minutes, after a guest has had two to answer. */
    private static final Duration STOP = Duration.ofMinutes(15);

    private static final Duration GOODBYE = Duration.ofSeconds(5);

    private final Process process;

    private RemusStream(Process process) {
        this.process = process;
    }

    /**
     * What a host says before a guest is sent.
     *
     * @param obstacles what is in the way
     * @param goingOn whether somebody has it send the guest already
     */
    record Checked(List<Reason> obstacles, boolean goingOn) {

        Checked {
            obstacles = List.copyOf(obstacles);
        }
    }

    /**
     * Asks the host what is in the way. Changes nothing.
     *
     * @param ownBoot the boot of this machine, which must not be the host's: what is kept here would be gone with it
     */
    static Checked check(HostShell shell, String hostName, UUID guest, String ownBoot) {
        HostShell.Result result = SCRIPT.run(shell, List.of("check", guest.toString(), ownBoot), CHECK);
        if (!result.ok()) {
            return new Checked(
                    List.of(new Reason(
                            "remus-unclear",
                            "whether host '" + hostName + "' can send a guest continuously could not be found out: "
                                    + result.complaint(),
                            "Log in there, and see whether 'xl help' and 'systemctl' work.")),
                    false);
        }
        List<String> words = result.output().lines().toList();
        return new Checked(
                words.stream()
                        .filter(word -> !word.equals(GOING_ON))
                        .map(word -> reason(word, hostName))
                        .toList(),
                words.contains(GOING_ON));
    }

    private static Reason reason(String word, String hostName) {
        String host = "host '" + hostName + "' ";
        return switch (word) {
            case "no-xl" -> new Reason("no-xl", host + "has no 'xl'", "Install its 'xen-utils'.");
            case "no-remus" ->
                new Reason("no-remus", "the 'xl' of " + host + "knows no 'remus'", "Use the warm tier there.");
            case "no-python" -> new Reason("no-python", host + "has no 'python3'", "Install it.");
            case "no-systemd" -> new Reason("no-systemd", host + "has no 'systemd-run'", "Use the warm tier there.");
            case "same-machine" ->
                new Reason(
                        "epochs-beside-guest",
                        host + "is this machine: what is kept here of the guest would be lost together with it",
                        "Type it, and run 'vfrt standby run', on the standby host, or on a machine that runs no guests.");
            default -> new Reason("remus-unclear", host + "says '" + word + "'", "");
        };
    }

    /**
     * Has the host begin to send a guest.
     *
     * @param stall for so long nobody may take what was sent while no more can be held; then the sending ends, and the guest goes on
     */
    static RemusStream begin(HostShell shell, Guest guest, Duration interval, Duration stall) {
        return new RemusStream(SCRIPT.start(
                shell,
                List.of(
                        "carry",
                        Integer.toString(guest.id()),
                        guest.uuid().toString(),
                        Long.toString(interval.toMillis()),
                        Long.toString(stall.toSeconds()),
                        HELD_MEBIBYTES,
                        RELAY.text(),
                        GUARD.text())));
    }

    /** Returns what comes, from its first byte: what xl puts in front of a migration stream, then the stream. */
    InputStream bytes() {
        return process.getInputStream();
    }

    /**
     * Ends what {@link #begin} began, whoever began it, and waits until the host has made sure that the guest goes on. Idempotent.
     *
     * @return what was found and done, one sentence each
     * @throws Failed {@code remus-not-ended}: the guest may stand still
     * @throws org.vfrt.core.failure.Temporary when the host does not answer
     */
    static List<String> stop(HostShell shell, String hostName, UUID guest) {
        HostShell.Result result = SCRIPT.run(shell, List.of("stop", guest.toString()), STOP);
        List<String> sentences = result.output().lines().toList();
        if (!result.ok()) {
            throw new Failed(
                    "remus-not-ended",
                    "host '" + hostName + "' could not be made to end the continuous copy of guest '" + guest + "': "
                            + String.join("; ", sentences),
                    "Look there with 'systemctl status vfrt-hot-" + guest + "' and 'xl list'.");
        }
        return sentences;
    }

    @Override
    public void close() {
        end();
    }

    /** Ends the transfer from this side: a read that waits returns. The host lets the guest go on. */
    void end() {
        // Its input ends with it, by which the host sees that nobody listens any more.
        process.destroy();
        try {
            if (!process.waitFor(GOODBYE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
