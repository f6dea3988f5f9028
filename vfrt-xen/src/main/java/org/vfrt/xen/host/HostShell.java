package org.vfrt.xen.host;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Runs commands on a host, moves files, and opens tunnels. An argument arrives at the command as it is, whatever characters it has.
 * Safe for use by several threads.
 *
 * <p>Every method throws {@link org.vfrt.core.failure.Temporary} when the way to the host breaks.
 */
public interface HostShell extends AutoCloseable {

    /** The most that {@link #run} keeps of a command's output, and of its error output: 1 MiB each. */
    int OUTPUT_BYTES_MAX = 1 << 20;

    /**
     * Runs a command to its end.
     *
     * @param argv program and arguments, at least the program
     * @param input what the command reads, written from a thread of its own
     * @param timeout after it the command is killed
     * @return how it ended; a failing command is an answer, not an exception
     * @throws org.vfrt.core.failure.TimedOut {@code command-timeout}
     * @throws org.vfrt.core.failure.Failed {@code command-output}: more than {@link #OUTPUT_BYTES_MAX}, and the command was killed;
     *     {@code command-missing}: it cannot be started
     */
    Result run(List<String> argv, InputStream input, Duration timeout);

    /** Runs a command that reads nothing. */
    default Result run(List<String> argv, Duration timeout) {
        return run(argv, InputStream.nullInputStream(), timeout);
    }

    /**
     * Starts a command and leaves it to the caller, who must read both outputs and end it. Through ssh, exit code 255 means that
     * the connection broke. The command outlives a signal to this process's group.
     */
    Process start(List<String> argv);

    /**
     * Opens a file of the host for reading. A read throws an IOException when the host sends nothing for a minute, when the file
     * cannot be read, or when the way breaks; it returns -1 only after the whole file. Closing it early ends the transfer.
     */
    InputStream open(String path);

    /**
     * Runs a command for what it writes, which ends as {@link #open} does: well only if the command does.
     *
     * @param what is going on, for errors
     */
    InputStream output(List<String> argv, String what);

    /**
     * Copies a file of the host.
     *
     * @throws org.vfrt.core.failure.Failed {@code fetch-failed}
     */
    void fetch(String path, OutputStream to);

    /**
     * Writes a file of the host, mode 0600, and makes it durable. Nothing of it is left when it throws, if that can be helped.
     *
     * @param timeout for the whole file
     * @throws org.vfrt.core.failure.Failed {@code store-failed}
     */
    void store(InputStream from, String path, Duration timeout);

    /** Returns whether the shell's user is root there. */
    boolean root();

    /** Begins to connect, if there is anything to connect to, and does not wait: a command that will need the shell loses less time later. */
    default void connectAhead() {}

    /** Makes a private directory (0700) below /run of the host, or below its temporary directory where /run is not writable. */
    String makeRunDirectory();

    /** Removes a file if it is there. */
    void remove(String path);

    /**
     * Makes a socket of this machine appear on the host. Only the host's user of this shell (and root) can connect to it.
     *
     * @param remotePath where on the host; an old socket there is replaced
     * @param localSocket a UNIX socket that somebody here listens on
     */
    Tunnel forwardSocketToHere(String remotePath, Path localSocket);

    /** Makes a port of this machine's loopback appear on the host's loopback; the host chooses the port. */
    Tunnel forwardPortToHere(int localPort);

    /** Makes a port of the host's loopback appear on this machine's loopback. */
    Tunnel forwardPortToHost(int remotePort);

    /** Removes the tunnels' entrances. Connections that are open through them live on until they end by themselves. */
    @Override
    void close();

    /** How a command ended. */
    record Result(int exitCode, String output, String errors) {

        /** Returns whether the command says it worked. */
        public boolean ok() {
            return exitCode == 0;
        }

        /** Returns the last line of what it complained about, for a message. */
        public String complaint() {
            String text = errors.isBlank() ? output.strip() : errors.strip();
            return text.isEmpty() ? "exit code " + exitCode : text.substring(text.lastIndexOf('\n') + 1);
        }
    }
}
