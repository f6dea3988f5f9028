package org.vfrt.xen.libvirt;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;

/** Connections to libvirt's test driver, each to a world of its own. */
final class TestDriver {

    static final Duration DEADLINE = Duration.ofSeconds(20);

    private TestDriver() {}

    static Host host(String name, String uri) {
        return new Host(name, HostUri.parse(uri), Optional.empty());
    }

    /** A host that forgets everything when it is closed. */
    static Host smallHost() {
        try {
            URL xml = Objects.requireNonNull(TestDriver.class.getResource("/small-host.xml"));
            return host("small", "test://" + Path.of(xml.toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static LibvirtHypervisor connect(Host host) {
        return new LibvirtHypervisors(false, DEADLINE).connect(host);
    }
}
