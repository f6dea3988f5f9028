package org.vfrt.xen.host;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.key.KeyCommand;

/** Runs programs of this machine that print keys. What they print is nowhere but in what is returned. */
public final class LocalKeyCommand implements KeyCommand {

    /** A key server behind a slow network; nobody can be asked anything, as there is no terminal. */
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @Override
    public String output(List<String> argv) {
        String program = argv.get(0);
        HostShell.Result result =
                new Commands("this machine").run(argv, program, InputStream.nullInputStream(), DEADLINE);
        if (!result.ok()) {
            // Not what it complained about: nobody knows what a key program says then.
            throw new Failed(
                    "key-command-failed",
                    "'" + program + "', which is to print a key or a password, ended with " + result.exitCode(),
                    "Run it by hand, without a terminal, as the user that runs vfrt.");
        }
        return result.output();
    }
}
