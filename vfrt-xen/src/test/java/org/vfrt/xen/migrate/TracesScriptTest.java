package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.xen.host.PlayedHost;

/** What Xen has, on a host whose tools are played by bash functions. */
final class TracesScriptTest {

    private static final String UUID = "5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10";

    private static final Map<String, String> TOOLS = Map.of(
            "xl",
            "() { [ -e \"$WORLD/list\" ] && cat \"$WORLD/list\"; }",
            "pgrep",
            "() { grep -qF -e \"$2\" \"$WORLD/processes\"; }");

    @TempDir
    private Path world;

    private String answer = "";

    private int traces(String processes, String... domains) throws Exception {
        Files.writeString(world.resolve("processes"), processes);
        if (domains.length > 0) {
            Files.write(world.resolve("list"), List.of(domains));
        }
        Path script = world.resolve("traces.sh");
        try (InputStream source = Objects.requireNonNull(HostTraces.class.getResourceAsStream("traces.sh"))) {
            Files.copy(source, script);
        }
        Process bash = PlayedHost.bash(world, TOOLS, script.toString()).start();
        bash.getOutputStream().close();
        answer = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return bash.waitFor();
    }

    private static final String HEAD = "Name ID Mem VCPUs State Time(s) UUID Reason-Code Security Label";
    private static final String DOMAIN_0 = "Domain-0 0 1024 1 r----- 190.0 00000000-0000-0000-0000-000000000000 - -";

    @Test
    void everyDomainButDomain0HasItsLine() throws Exception {
        assertThat(traces("", HEAD, DOMAIN_0, "web1 7 128 1 ---ss- 12.3 " + UUID + " 2 -"))
                .isZero();
        assertThat(answer).isEqualTo("7 ---ss- 12.3 " + UUID + " web1\n");
    }

    @Test
    void aLabelOfADomainDoesNotConfuseTheColumns() throws Exception {
        assertThat(traces("", HEAD, DOMAIN_0, "web1 7 128 1 --p--- 0.0 " + UUID + " - system_u:system_r:domU_t -"))
                .isZero();
        assertThat(answer).isEqualTo("7 --p--- 0.0 " + UUID + " web1\n");
    }

    @Test
    void aStreamOnItsWayIsSaidWithItsDirection() throws Exception {
        traces("libxl-save-helper --save-domain 9 7 0 0\n", HEAD, DOMAIN_0);
        assertThat(answer).isEqualTo("sending\n");
    }

    @Test
    void aStreamThatArrivesIsSaidToo() throws Exception {
        traces("libxl-save-helper --restore-domain 9 8 0 0\n", HEAD, DOMAIN_0);
        assertThat(answer).isEqualTo("receiving\n");
    }

    @Test
    void aXenThatDoesNotAnswerIsNotTakenForAnEmptyOne() throws Exception {
        assertThat(traces("")).isEqualTo(1);
    }
}
