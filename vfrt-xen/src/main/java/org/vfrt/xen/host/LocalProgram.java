package org.vfrt.xen.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vfrt.core.failure.Reason;

/** Runs a program of the site on this machine. */
public final class LocalProgram {

    private static final Set<PosixFilePermission> WRITABLE_BY_OTHERS = PosixFilePermissions.fromString("----w--w-");

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

    /**
     * Asks why a program is not to be run: it would run as the user that runs vfrt, as a rule root.
     *
     * @return empty when it is there, and nobody but its owner can change it
     */
    public static Optional<Reason> untrusted(Path program) {
        try {
            if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
                return Optional.of(new Reason(
                        "bad-script", "'" + program + "' is no program on this machine", "Name one that is there."));
            }
            return Files.getPosixFilePermissions(program).stream().anyMatch(WRITABLE_BY_OTHERS::contains)
                    ? Optional.of(new Reason(
                            "script-writable",
                            "others than its owner can write to '" + program + "'",
                            "Type 'chmod go-w " + program + "' after a look at what it does."))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    new Reason("bad-script", "'" + program + "' cannot be looked at: " + e.getMessage(), ""));
        }
    }
}
