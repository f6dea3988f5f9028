package org.vfrt.xen.disk;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.LocalProgram;

/**
 * A program of the site that keeps states of disks, by the protocol of docs/disk-hook.md. It runs on this machine. What it is called by in checkpoints is
 * its name without the directory, so that it can be moved.
 */
public final class DiskHook {

    private static final String PROTOCOL = "1";
    private static final int TRY_AGAIN = 75;

    private final Path program;

    /** @throws BadInput when its name cannot be noted */
    public DiskHook(Path program) {
        this.program = program;
        if (!program.isAbsolute() || !name().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new BadInput(
                    "bad-disk-hook",
                    "'" + program + "' cannot be a disk hook",
                    "Give its absolute path; its own name is made of at most 64 of A-Z a-z 0-9 . _ -");
        }
    }

    /** Returns where it is. */
    public Path program() {
        return program;
    }

    /** Returns what checkpoints know it by. */
    public String name() {
        return String.valueOf(program.getFileName());
    }

    /**
     * Has it do something.
     *
     * @param rows what it reads: a line for each, of fields between tabs
     * @return what it answers, without the last line
     * @throws Failed when it fails, or does not say that it is done
     * @throws Temporary when it says that it may be tried again
     * @throws org.vfrt.core.failure.TimedOut when it takes longer
     */
    List<List<String>> run(Hypervisor host, String verb, List<List<String>> rows, Duration limit) {
        demandTrust();
        String input = rows.stream().map(row -> String.join("\t", row) + "\n").collect(Collectors.joining());
        HostShell.Result result = LocalProgram.run(
                List.of(program.toString(), verb),
                Map.of(
                        "VFRT_HOOK_PROTOCOL",
                        PROTOCOL,
                        "VFRT_HOST",
                        host.host().name(),
                        "VFRT_HOST_URI",
                        host.host().uri().text()),
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                limit);
        if (result.exitCode() == TRY_AGAIN) {
            throw new Temporary("disk-hook-failed", sentence(verb, host, result.complaint()), "Try again.");
        }
        List<List<String>> answers = result.output()
                .lines()
                .map(line -> List.of(line.split("\t", -1)))
                .toList();
        boolean done = !answers.isEmpty() && answers.get(answers.size() - 1).equals(List.of("done"));
        if (!result.ok() || !done) {
            throw failed(verb, host, result.ok() ? "it does not say 'done' at its end" : result.complaint());
        }
        return answers.subList(0, answers.size() - 1);
    }

    /** The same, where it has to answer with as many lines as it reads. */
    List<List<String>> ask(Hypervisor host, String verb, List<List<String>> rows, Duration limit) {
        List<List<String>> answers = run(host, verb, rows, limit);
        if (answers.size() != rows.size()) {
            throw failed(verb, host, "it answers " + rows.size() + " lines with " + answers.size());
        }
        return answers;
    }

    Failed failed(String verb, Hypervisor host, String why) {
        return new Failed(
                "disk-hook-failed",
                sentence(verb, host, why),
                "Run '" + program + " " + verb + "' by hand; docs/disk-hook.md says what it is told.");
    }

    private String sentence(String verb, Hypervisor host, String why) {
        return "disk hook '" + program + "' did not do '" + verb + "' for host '"
                + host.host().name() + "': " + why;
    }

    /** It does what it likes with the rights of whoever runs vfrt. */
    private void demandTrust() {
        try {
            if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
                throw new Failed(
                        "disk-hook-missing",
                        "disk hook '" + program + "' is not there, or no program",
                        "Bring it back. If nothing is left of what it kept, take its line out of '" + KnownHooks.FILE
                                + "' in the state directory, and out of the configuration.");
            }
            for (Path one : List.of(program, program.toAbsolutePath().getParent())) {
                if (Files.getPosixFilePermissions(one).contains(PosixFilePermission.OTHERS_WRITE)) {
                    throw new Refused(
                            "disk-hook-writable-by-all",
                            "every user of this machine can write to "
                                    + (one.equals(program) ? "" : "the directory of ") + "disk hook '" + program
                                    + "', so it is not run",
                            "Type 'chmod o-w " + one + "' after a look at what it does.");
                }
            }
        } catch (IOException e) {
            throw new Failed(
                    "disk-hook-missing", "disk hook '" + program + "' cannot be looked at: " + e.getMessage(), "", e);
        }
    }
}
