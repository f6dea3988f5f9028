package org.vfrt.xen.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import org.vfrt.core.failure.Failed;

/** What both shells do with commands, whichever way these get to the host. */
abstract class CommandShell implements HostShell {

    private static final Duration SHORT = Duration.ofSeconds(20);

    private final String hostName;
    final Commands commands;

    CommandShell(String hostName) {
        this.hostName = hostName;
        this.commands = new Commands(hostName);
    }

    @Override
    public final InputStream open(String path) {
        return output(List.of("cat", "--", path), "reading '" + path + "' on host '" + hostName + "'");
    }

    @Override
    public final InputStream output(List<String> argv, String what) {
        Process process = start(argv);
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already; the first read tells why.
        }
        return new Commands.Output(process, what);
    }

    @Override
    public final void fetch(String path, OutputStream to) {
        try (InputStream from = open(path)) {
            from.transferTo(to);
        } catch (IOException e) {
            throw new Failed(
                    "fetch-failed",
                    "'" + path + "' on host '" + hostName + "' was not fetched: " + e.getMessage(),
                    "See whether the file is there and the connection is good, then try again.",
                    e);
        }
    }

    @Override
    public final void store(InputStream from, String path, Duration timeout) {
        Checked input = new Checked(from);
        boolean whole = false;
        try {
            // sync FILE writes through this one file; the file is created before the first byte, so nobody else can
            // have made it.
            Result result = run(
                    List.of("sh", "-c", "umask 077 && set -C && cat > \"$1\" && sync \"$1\"", "sh", path),
                    input,
                    timeout);
            whole = result.ok() && input.ended;
            if (!whole) {
                throw new Failed(
                        "store-failed",
                        "'" + path + "' was not written on host '" + hostName + "': "
                                + (result.ok() ? "the source broke off" : result.complaint()),
                        "See whether the disk is full, then try again.");
            }
        } finally {
            if (!whole) {
                remove(path);
            }
        }
    }

    @Override
    public final String makeRunDirectory() {
        // /run is in memory and gone after a boot: right for sockets. Elsewhere (no root) the temporary directory must
        // do.
        Result result = run(
                List.of(
                        "sh",
                        "-c",
                        "mktemp -d /run/vfrt.XXXXXXXX 2>/dev/null || mktemp -d \"${TMPDIR:-/tmp}/vfrt.XXXXXXXX\""),
                SHORT);
        String path = result.output().strip();
        if (!result.ok() || !path.startsWith("/")) {
            throw new Failed(
                    "run-directory",
                    "no private directory can be made on host '" + hostName + "': " + result.complaint(),
                    "See whether /run and /tmp of the host are writable and not full.");
        }
        return path;
    }

    @Override
    public final void remove(String path) {
        Result result = run(List.of("rm", "-f", "--", path), SHORT);
        if (!result.ok()) {
            throw new Failed(
                    "remove-failed",
                    "'" + path + "' on host '" + hostName + "' was not removed: " + result.complaint(),
                    "Remove it by hand; it may hold a guest's memory.");
        }
    }

    /** Knows whether it was read to its end: a command that gets half a file cannot tell that from a whole one. */
    private static final class Checked extends InputStream {

        private final InputStream from;
        private volatile boolean ended;

        Checked(InputStream from) {
            this.from = from;
        }

        @Override
        public int read() throws IOException {
            int value = from.read();
            ended = value < 0;
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = from.read(buffer, offset, length);
            ended = n < 0;
            return n;
        }
    }
}
