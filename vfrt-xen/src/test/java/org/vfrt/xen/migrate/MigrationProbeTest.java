package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.xen.host.PlayedHost;

/** What is missing on a host, played by bash functions. */
final class MigrationProbeTest {

    private static final String WORKS = "() { echo 4.17; }";
    private static final String TIMEOUT = "() { shift; \"$@\"; }";

    @TempDir
    private Path world;

    private List<Reason> reasons(String xl, String virsh) throws Exception {
        Path script = world.resolve("needs.sh");
        try (InputStream source = Objects.requireNonNull(MigrationProbe.class.getResourceAsStream("needs.sh"))) {
            Files.copy(source, script);
        }
        Process bash = PlayedHost.bash(world, Map.of("xl", xl, "virsh", virsh, "timeout", TIMEOUT), script.toString())
                .start();
        bash.getOutputStream().close();
        List<String> lines = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(bash.waitFor()).isZero();
        return MigrationProbe.reasons("xen1", lines);
    }

    @Test
    void nothingIsMissingWhereXenAndLibvirtAnswer() throws Exception {
        assertThat(reasons(WORKS, WORKS)).isEmpty();
    }

    @Test
    void whatDoesNotAnswerIsSaidWithItsComplaintAndWhatToDo() throws Exception {
        String refused = "() { echo 'error: failed to connect' >&2;"
                + " echo \"error: Failed to connect socket to '/var/run/libvirt/libvirt-sock'\" >&2; return 1; }";
        assertThat(reasons("() { return 127; }", refused))
                .satisfiesExactly(
                        xl -> {
                            assertThat(xl.code()).isEqualTo("no-xl");
                            assertThat(xl.text()).endsWith("leaves there");
                            assertThat(xl.hint()).contains("xen-utils-common");
                        },
                        libvirt -> {
                            assertThat(libvirt.code()).isEqualTo("no-libvirt-socket");
                            assertThat(libvirt.text())
                                    .endsWith(": error: Failed to connect socket to '/var/run/libvirt/libvirt-sock'");
                            assertThat(libvirt.hint()).contains("libvirtd.socket");
                        });
    }

    @Test
    void aMachineWithoutAShellIsSaidToHaveNone() {
        Host socket =
                new Host("xen1", HostUri.parse("xen+unix:///system?socket=/run/other/libvirt-sock"), Optional.empty());
        assertThat(MigrationProbe.obstacles(socket, Optional.empty()))
                .singleElement()
                .satisfies(reason -> {
                    assertThat(reason.code()).isEqualTo("no-shell");
                    assertThat(reason.hint()).contains("+ssh").contains("xen:///system");
                });
    }
}
