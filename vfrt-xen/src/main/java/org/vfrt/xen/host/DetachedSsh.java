package org.vfrt.xen.host;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.HostUri;

/**
 * A program that starts a host's ssh in a session of its own, for libvirt, which starts ssh as a child like any other: a Ctrl-C at the terminal goes
 * to all of them, and would break the connection that an operation needs to end safely. Needed until the connection stands.
 */
public final class DetachedSsh implements AutoCloseable {

    private static final Duration WRITTEN = Duration.ofSeconds(10);

    private final RuntimeDirectory directory;

    private DetachedSsh(RuntimeDirectory directory) {
        this.directory = directory;
    }

    /** Makes one; empty where it cannot be, since no directory for it lets programs be started. */
    public static Optional<DetachedSsh> of(HostUri uri) {
        RuntimeDirectory directory;
        try {
            directory = RuntimeDirectory.make();
        } catch (Failure e) {
            return Optional.empty();
        }
        DetachedSsh made = new DetachedSsh(directory);
        try {
            // By another process: one that is started meanwhile beside this one would have the file open, and nobody
            // could run it (ETXTBSY).
            new Commands("this machine")
                    .run(
                            List.of(
                                    "sh",
                                    "-c",
                                    "umask 077; printf '%s' \"$1\" >\"$2\" && chmod 700 \"$2\"",
                                    "sh",
                                    "#!/bin/sh\nexec setsid -- " + ShellWords.quote(List.of(program(uri)))
                                            + " \"$@\"\n",
                                    directory.program().toString()),
                            "sh",
                            InputStream.nullInputStream(),
                            WRITTEN);
        } catch (Failure e) {
            made.close();
            return Optional.empty();
        }
        if (!Files.isExecutable(directory.program())) {
            made.close();
            return Optional.empty();
        }
        return Optional.of(made);
    }

    /** Returns the ssh that a URI names. */
    static String program(HostUri uri) {
        return uri.parameters().getOrDefault("command", "ssh");
    }

    public Path path() {
        return directory.program();
    }

    @Override
    public void close() {
        directory.close();
    }
}
