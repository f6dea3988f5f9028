package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.HostShells;

/** {@code connection.sh} beside this machine's own {@code ss}. That it ends a connection is seen in {@code scripts/lab-tests/broken-migration.sh}. */
class ConnectionScriptTest {

    private static final HostScript SCRIPT = HostScript.beside(ClearConnection.class, "connection.sh");

    @Test
    void ofTwoConnectionsToTheSamePortOnlyThatToTheHostIsLookedAt() throws IOException {
        InetAddress other = InetAddress.getByName("127.0.0.2");
        try (ServerSocket here = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket there = new ServerSocket(here.getLocalPort(), 1, other);
                Socket toHere = new Socket(here.getInetAddress(), here.getLocalPort());
                Socket toThere = new Socket(other, there.getLocalPort())) {
            assertThat(toThere.isConnected()).isTrue();
            String said = look("127.0.0.1", here.getLocalPort()).orElseThrow();
            assertThat(said).contains("127.0.0.1", ":" + toHere.getLocalPort()).doesNotContain("127.0.0.2");
            assertThat(ClearConnection.Look.of(said)).isPresent();
        }
    }

    @Test
    void ofAConnectionThatIsNotThereNothingIsSaid() throws IOException {
        assertThat(look("127.0.0.1", 1))
                .hasValueSatisfying(said -> assertThat(said).isBlank());
    }

    @Test
    void ofAHostThatHasNoAddressNothingIsLookedAt() throws IOException {
        assertThat(look("no-such-host.invalid", 1)).isEmpty();
    }

    private static Optional<String> look(String host, int port) throws IOException {
        HostShell shell = HostShells.of(new Host("here", HostUri.parse("test:///default"), Optional.empty()))
                .orElseThrow();
        Process looking = SCRIPT.start(shell, List.of("look", host, Integer.toString(port), "100"));
        try (BufferedReader lines = looking.inputReader()) {
            StringBuilder said = new StringBuilder();
            String line = lines.readLine();
            while (line != null && !line.isEmpty()) {
                said.append(line).append(' ');
                line = lines.readLine();
            }
            return Optional.ofNullable(line).map(end -> said.toString());
        } finally {
            looking.destroy();
        }
    }
}
