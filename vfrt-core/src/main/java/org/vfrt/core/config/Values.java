package org.vfrt.core.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
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

    static final String BUCKET_SCHEME = "s3://";

    private static final Pattern BUCKET =
            Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/((?:[A-Za-z0-9._-]+/)*[A-Za-z0-9._-]+)?/?)?");

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

    /** @param absolute whether a path must be */
    static Optional<StoreLocation> location(String where, String text, boolean absolute, List<Reason> mistakes) {
        if (!text.startsWith(BUCKET_SCHEME)) {
            return absolute
                    ? absolutePath(where, text, mistakes).map(StoreLocation.Directory::new)
                    : path(where, text, mistakes)
                            .map(path -> new StoreLocation.Directory(
                                    path.toAbsolutePath().normalize()));
        }
        Matcher bucket = BUCKET.matcher(text);
        if (!bucket.matches() || ("/" + bucket.group(2) + "/").matches(".*/\\.{1,2}/.*")) {
            mistakes.add(new Reason(
                    "bad-bucket",
                    where + " '" + text + "' does not name a bucket",
                    "Write s3://BUCKET or s3://BUCKET/PREFIX; a prefix is made of A-Z a-z 0-9 . _ - and '/'."));
            return Optional.empty();
        }
        return Optional.of(new StoreLocation.Bucket(
                bucket.group(1), Optional.ofNullable(bucket.group(2)).orElse("")));
    }

    private static Optional<Path> path(String where, String text, List<Reason> mistakes) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            mistakes.add(new Reason("bad-path", where + " is not a path: " + e.getReason(), ""));
            return Optional.empty();
        }
    }

    /** Reads the address of a server. */
    static Optional<URI> endpoint(String where, String text, List<Reason> mistakes) {
        try {
            URI uri = new URI(text);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            boolean bare = String.valueOf(uri.getRawPath()).matches("/?")
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null;
            if (web && bare && uri.getHost() != null) {
                return Optional.of(uri);
            }
        } catch (URISyntaxException e) {
            // As one that is something else.
        }
        // Not the text: somebody may have put a password into it.
        mistakes.add(new Reason(
                "bad-endpoint",
                where + " is not the address of a server",
                "Write https://SERVER or https://SERVER:PORT, and nothing behind it."));
        return Optional.empty();
    }

    /** Returns whether the way to a server can be read by others than this machine. */
    static boolean crossesNetworkInClear(URI server) {
        String host = String.valueOf(server.getHost()).toLowerCase(Locale.ROOT);
        return !"https".equals(server.getScheme())
                && !host.equals("localhost")
                && !host.equals("[::1]")
                && !host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
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
