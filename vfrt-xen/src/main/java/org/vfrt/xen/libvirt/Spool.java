package org.vfrt.xen.libvirt;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Host;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.HostShell.Result;

/** The private directory of a host through which save files go. They hold the guest's memory: 0600 in 0700, and gone soon. */
final class Spool {

    private static final Duration SHORT = Duration.ofSeconds(20);

    private final HostShell shell;
    private final String directory;
    private final Host host;

    Spool(HostShell shell, Host host, String directory) {
        this.shell = shell;
        this.host = host;
        this.directory = directory;
    }

    /** Returns the path of a new file for a guest, and sees that its directory is there and private. Creates no file. */
    String newFile(UUID guest) {
        Result result = shell.run(
                List.of(
                        "sh",
                        "-c",
                        // A name in /tmp can be taken by somebody else first, so owner and kind are looked at.
                        "umask 077 && mkdir -p -- \"$1\" && [ -O \"$1\" ] && [ ! -L \"$1\" ] && chmod 0700 -- \"$1\"",
                        "sh",
                        directory),
                SHORT);
        if (!result.ok()) {
            throw new Failed(
                    "spool",
                    "the spool directory '" + directory + "' cannot be used on host '" + host.name() + "': "
                            + result.complaint(),
                    "See that it is a directory of the user vfrt works as on that host, and not on a read-only disk.");
        }
        return directory + "/" + guest + "-" + UUID.randomUUID().toString().substring(0, 8) + ".save";
    }

    /** Returns a word that is another one after each start of the host; empty when the host does not tell. */
    String boot() {
        Result result = shell.run(List.of("cat", "/proc/sys/kernel/random/boot_id"), SHORT);
        return result.ok() ? result.output().strip() : "";
    }

    /** Returns the free bytes where the directory is, or will be. */
    long freeBytes() {
        Result result = shell.run(
                List.of(
                        "sh",
                        "-c",
                        "d=$1; while [ ! -d \"$d\" ]; do d=$(dirname -- \"$d\"); done; df -Pk -- \"$d\" | awk 'NR == 2 { print $4 }'",
                        "sh",
                        directory),
                SHORT);
        try {
            return Math.multiplyExact(Long.parseLong(result.output().strip()), 1024L);
        } catch (NumberFormatException e) {
            throw new Failed(
                    "spool",
                    "the free space of '" + directory + "' on host '" + host.name() + "' is unknown: "
                            + result.complaint(),
                    "Run 'df -Pk " + directory + "' there.",
                    e);
        }
    }

    /** Returns length and age of a file by the host's clock; empty when it is not there. */
    Optional<Facts> look(String path) {
        Result result = shell.run(
                List.of(
                        "sh",
                        "-c",
                        "[ -e \"$1\" ] || exit 44; s=$(stat -c '%s %Y' -- \"$1\") && echo \"$s $(date +%s)\"",
                        "sh",
                        path),
                SHORT);
        if (result.exitCode() == 44) {
            return Optional.empty();
        }
        String[] numbers = result.output().strip().split(" ", -1);
        if (!result.ok() || numbers.length != 3) {
            throw new Failed(
                    "spool",
                    "'" + path + "' on host '" + host.name() + "' cannot be looked at: " + result.complaint(),
                    "Look at it by hand; it may hold a guest's memory.");
        }
        long modified = Long.parseLong(numbers[1]);
        long now = Long.parseLong(numbers[2]);
        return Optional.of(new Facts(Long.parseLong(numbers[0]), Duration.ofSeconds(now - modified)));
    }

    void remove(String path) {
        shell.remove(path);
    }

    /** Removes a file; returns a sentence when that did not work, because the guest is more important than the file. */
    Optional<String> tryRemove(String path) {
        try {
            remove(path);
            return Optional.empty();
        } catch (Failure e) {
            return Optional.of("The file '" + path + "' is left on host '" + host.name()
                    + "'; it holds the guest's memory, remove it.");
        }
    }

    /** What is known of a file. */
    record Facts(long bytes, Duration age) {}
}
