package org.vfrt.core.pool;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vfrt.core.failure.BadInput;

/**
 * A libvirt connection URI, taken apart: {@code driver[+transport]://[user@][server][:port]/path[?parameters]}
 * (https://libvirt.org/uri.html).
 *
 * @param text the URI as it was given, which is what libvirt gets
 * @param driver the hypervisor libvirt drives, for example {@code xen}
 * @param transport for example {@code ssh}, {@code tls}, {@code tcp}, {@code unix}; empty when none is named
 * @param server name or address, an IPv6 address without its brackets; empty when the host is the machine vfrt runs on
 */
public record HostUri(
        String text,
        String driver,
        Optional<String> transport,
        Optional<String> user,
        Optional<String> server,
        Optional<Integer> port,
        String path,
        Map<String, String> parameters) {

    /** https://libvirt.org/uri.html#transport-configuration, as of libvirt 11. */
    private static final List<String> TRANSPORTS = List.of("ssh", "tls", "tcp", "unix", "ext", "libssh", "libssh2");

    /**
     * No password, and nothing that begins with a dash: user and server become arguments of ssh, which would take
     * {@code -oProxyCommand=} for an option.
     */
    private static final Pattern AUTHORITY = Pattern.compile("(?:(?:(?<user>[A-Za-z0-9._][A-Za-z0-9._-]*)@)?"
            + "(?:\\[(?<ip6>[0-9A-Fa-f:.]+)\\]|(?<server>[A-Za-z0-9][A-Za-z0-9._-]*))(?::(?<port>\\d{1,5}))?)?");

    private static final int PORT_MAX = 65_535;

    public HostUri {
        parameters = Map.copyOf(parameters);
    }

    /**
     * Takes a URI apart.
     *
     * @throws BadInput when it is not a URI, has no driver or an unknown transport, or holds a password
     */
    public static HostUri parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw bad(shown(text), e.getReason());
        }
        if (uri.getScheme() == null || uri.isOpaque() || !text.contains("://")) {
            throw bad(shown(text), "it does not begin with a driver and '://'");
        }
        if (uri.getRawFragment() != null) {
            throw bad(shown(text), "it has a '#'");
        }
        String[] scheme = uri.getScheme().split("\\+", 2);
        if (scheme.length == 2 && !TRANSPORTS.contains(scheme[1])) {
            throw bad(shown(text), "transport '" + scheme[1] + "' is not one of " + String.join(", ", TRANSPORTS));
        }
        // Java's own idea of the authority has no host at all for a name with an underscore; a remote host must not be
        // taken
        // for the local one.
        Matcher authority = AUTHORITY.matcher(uri.getRawAuthority() == null ? "" : uri.getRawAuthority());
        if (!authority.matches()) {
            throw bad(shown(text), "between '://' and the path there is something else than 'user@server:port'");
        }
        return new HostUri(
                text,
                scheme[0],
                scheme.length == 2 ? Optional.of(scheme[1]) : Optional.empty(),
                Optional.ofNullable(authority.group("user")),
                Optional.ofNullable(authority.group("ip6")).or(() -> Optional.ofNullable(authority.group("server"))),
                Optional.ofNullable(authority.group("port")).map(port -> port(text, port)),
                uri.getPath() == null ? "" : uri.getPath(),
                parametersOf(uri.getRawQuery() == null ? "" : uri.getRawQuery()));
    }

    /** Returns whether libvirtd, and so the guests, run on the machine vfrt runs on. */
    public boolean local() {
        return server.isEmpty();
    }

    /** Returns whether the connection goes through ssh, so that the host's shell can be reached the same way. */
    public boolean ssh() {
        return transport.filter("ssh"::equals).isPresent();
    }

    /** Returns whether the connection would cross the network in clear. */
    public boolean plain() {
        return transport.filter("tcp"::equals).isPresent();
    }

    private static Map<String, String> parametersOf(String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String part : query.split("&", -1)) {
            if (!part.isEmpty()) {
                String[] pair = part.split("=", 2);
                parameters.put(decode(pair[0]), pair.length == 2 ? decode(pair[1]) : "");
            }
        }
        return parameters;
    }

    private static String decode(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static int port(String text, String port) {
        int number = Integer.parseInt(port);
        if (number < 1 || number > PORT_MAX) {
            throw bad(shown(text), "port " + port + " is out of range");
        }
        return number;
    }

    /** A password that someone wrote into a URI is not repeated in an error. */
    private static String shown(String text) {
        int at = text.lastIndexOf('@');
        int scheme = text.indexOf("://");
        int colon = text.indexOf(':', scheme < 0 ? 0 : scheme + 3);
        return colon < 0 || colon > at ? text : text.substring(0, colon + 1) + "***" + text.substring(at);
    }

    private static BadInput bad(String text, String why) {
        return new BadInput(
                "bad-uri",
                "'" + text + "' is not a libvirt URI: " + why,
                "Use for example 'xen+ssh://root@xen1/system', 'xen:///system' or 'test:///default'.");
    }
}
