package org.vfrt.xen.host;

import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a program of the site on this machine. */
public final class LocalProgram {

    private LocalProgram() {}

    /**
     * Runs it to its end. When the calling thread is interrupted it is killed, with its children.
     *
     * @param argv the program and its arguments
     * @param told variables that it gets beside those of vfrt
     * @param input what it reads
     * @param timeout after it the program is killed
     * @throws org.vfrt.core.failure.Failure as {@link HostShell#run}
     */
    public static HostShell.Result run(
            List<String> argv, Map<String, String> told, InputStream input, Duration timeout) {
        List<String> command = new ArrayList<>(List.of("env", "--"));
        told.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(argv);
        return new Commands("this machine").run(command, argv.get(0), input, timeout);
    }
}
