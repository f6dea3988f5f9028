package org.vfrt.xen.host;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Xen itself has, as {@code xl list -v} prints it. libvirt does not know of domains that {@code xl} started, nor of those it
 * let go of (xen-libvirt.md section 11).
 */
public final class XenDomains {

    private static final Logger LOG = LoggerFactory.getLogger(XenDomains.class);

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Columns before the UUID's: Name ID Mem VCPUs State Time(s). */
    private static final int ID = 5;

    private static final int STATE = 2;

    /** Of the six letters of a state. */
    private static final int PAUSED = 2;

    private XenDomains() {}

    /**
     * A domain.
     *
     * @param state as {@code xl} prints it: six letters or dashes
     */
    public record XenDomain(String id, String state) {

        /** Returns whether somebody has paused it, whom libvirt need not have heard of. */
        public boolean paused() {
            return state.indexOf('p') == PAUSED;
        }

        /** Returns it in words. */
        public String words() {
            return "domain " + id + " in state " + state;
        }
    }

    /**
     * Returns the domain of this UUID. Empty when there is none, and when the shell's user may not ask Xen, who must be
     * root for that.
     *
     * @throws org.vfrt.core.failure.Temporary when the way to the host breaks
     */
    public static Optional<XenDomain> find(HostShell shell, UUID uuid) {
        HostShell.Result list = shell.run(List.of("xl", "list", "-v"), LIMIT);
        if (!list.ok()) {
            LOG.warn("Xen could not be asked for its domains: {}", list.complaint());
            return Optional.empty();
        }
        return in(list.output(), uuid);
    }

    static Optional<XenDomain> in(String list, UUID uuid) {
        return list.lines().flatMap(line -> domain(line, uuid)).findFirst();
    }

    private static Stream<XenDomain> domain(String line, UUID uuid) {
        List<String> words = Arrays.asList(line.strip().split("\\s+", -1));
        int at = words.indexOf(uuid.toString());
        // The last letter is 'd' for a domain that is being taken down: it will never run again.
        return at < ID || words.get(at - STATE).endsWith("d")
                ? Stream.empty()
                : Stream.of(new XenDomain(words.get(at - ID), words.get(at - STATE)));
    }
}
