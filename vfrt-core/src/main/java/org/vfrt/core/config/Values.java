package org.vfrt.core.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.HostUri;

/** Checks single values, and adds a reason for each that is wrong. */
final class Values {

    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]{1,63}");
    /** A host name, an IPv4 address, or an IPv6 address, which has two colons at least; so a port is none of them. */
    private static final Pattern ADDRESS =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}|(?=.*:.*:)[0-9A-Fa-f:.]{2,45}");

    private Values() {}

    static boolean isHostName(String text) {
        return HOST_NAME.matcher(text).matches();
    }

    static boolean isAddress(String text) {
        return ADDRESS.matcher(text).matches();
    }

    /** @param where what the reason begins with, for example {@code /etc/vfrt/vfrt.yaml:7: 'store'} */
    static Optional<Path> absolutePath(String where, String text, List<Reason> mistakes) {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return Optional.of(path.normalize());
            }
            mistakes.add(new Reason(
                    "relative-path",
                    where + " '" + text + "' is not an absolute path",
                    "Begin it with '/'; '~' and variables are not replaced."));
        } catch (InvalidPathException e) {
            mistakes.add(new Reason("bad-path", where + " is not a path: " + e.getReason(), ""));
        }
        return Optional.empty();
    }

    static Optional<HostUri> uri(String where, String text, List<Reason> mistakes) {
        try {
            return Optional.of(HostUri.parse(text));
        } catch (BadInput e) {
            mistakes.add(new Reason(e.code(), where + " " + e.getMessage(), e.hint()));
            return Optional.empty();
        }
    }
}
