package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program that looks for what a broken restore left, on a host whose tools are played by bash functions. What Xen has comes line
 * by line from a file, of which the last stays. The real tools are met in {@code scripts/lab-tests/killed-restore.sh}.
 */
final class LeftoversScriptTest {

    private static final String UUID = "5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10";

    private static final String PORT = "49312";

    private static final Map<String, String> TOOLS = Map.of(
            "xl",
            """
            () { echo "xl $*" >>"$WORLD/log"; case $1 in
                destroy) [ -e "$WORLD/stuck" ] || echo none >"$WORLD/xen" ;;
                list)
                    local has; read -r has <"$WORLD/xen"
                    [ "$(wc -l <"$WORLD/xen")" = 1 ] || sed -i 1d "$WORLD/xen"
                    [ "$has" != silent ] || return 1
                    echo 'Name ID Mem VCPUs State Time(s) UUID Reason-Code Security Label'
                    echo 'Domain-0 0 1024 1 r----- 190.0 00000000-0000-0000-0000-000000000000 - -'
                    [ "$has" = none ] || echo "web1 7 128 1 $has - -" ;;
            esac; }""",
            "virsh",
            """
            () { shift 3; echo "virsh $*" >>"$WORLD/log"; case $1 in
                domid) cat "$WORLD/domid" ;;
                dominfo) cat "$WORLD/dominfo" ;;
                define) cat >/dev/null ;;
            esac; }""",
            "ss",
            """
            () { case "$*" in
                -K*) echo "ss $*" >>"$WORLD/log"; echo >"$WORLD/connections" ;;
                *established*) local now; read -r now <"$WORLD/connections" && sed -i 1d "$WORLD/connections"; echo "$now" ;;
            esac; }""",
            "timeout",
            "() { shift; \"$@\"; }",
            "sleep",
            "() { command sleep 0.02; }");

    @TempDir
    private Path world;

    @BeforeEach
    void nothingIsThere() throws IOException {
        xen("none");
        write("domid", "-");
        write("dominfo", "");
        write("connections", "");
        write("log", "");
    }

    @Test
    void whereNothingIsNothingIsTouched() throws Exception {
        assertThat(leftovers(PORT)).isEqualTo("none");
        assertThat(log()).doesNotContain("destroy", "define");
    }

    @Test
    void aReceptionThatStillGoesOnIsWaitedForBeforeLibvirtForgetsTheDomain() throws Exception {
        write("connections", "ESTAB\nESTAB\n\n");
        xen("--p--- 0.0 " + UUID, "--p--- 0.0 " + UUID, "none");
        write("dominfo", "State: shut off\nPersistent:     no\n");
        assertThat(leftovers(PORT)).isEqualTo("none");
        assertThat(log())
                .doesNotContain("destroy")
                .containsSubsequence("xl list", "xl list", "xl list", "virsh undefine");
    }

    @Test
    void aConnectionOnWhichNothingComesAnyMoreIsEnded() throws Exception {
        String silent = "0 0 10.0.0.2:49312 10.0.0.1:4012 cubic lastsnd:46012 lastrcv:46001 lastack:46001";
        write("connections", silent + "\n" + silent + "\n");
        assertThat(leftovers(PORT)).isEqualTo("none");
        assertThat(log()).contains("ss -K state established sport = :" + PORT);
    }

    @Test
    void aConnectionOnWhichSomethingCameAMomentAgoIsNotEnded() throws Exception {
        write("connections", "0 0 10.0.0.2:49312 10.0.0.1:4012 cubic lastsnd:46012 lastrcv:201 lastack:201\n\n");
        assertThat(leftovers(PORT)).isEqualTo("none");
        assertThat(log()).doesNotContain("ss -K");
    }

    @Test
    void aDomainThatNobodyOwnsAndThatNeverRanIsEnded() throws Exception {
        xen("--p--- 0.0 " + UUID);
        assertThat(leftovers(PORT)).isEqualTo("none");
        assertThat(log()).contains("xl destroy 7");
    }

    @Test
    void aDomainThatNobodyOwnsAndThatRanIsLeftAlone() throws Exception {
        xen("--p--- 4.2 " + UUID);
        assertThat(leftovers(PORT)).isEqualTo("orphan 7 --p--- 4.2");
        xen("-b---- 0.0 " + UUID);
        assertThat(leftovers(PORT)).isEqualTo("orphan 7 -b---- 0.0");
        assertThat(log()).doesNotContain("destroy");
    }

    @Test
    void beforeARestoreNothingIsEnded() throws Exception {
        xen("--p--- 0.0 " + UUID);
        assertThat(leftovers("0")).isEqualTo("orphan 7 --p--- 0.0");
        assertThat(log()).doesNotContain("destroy");
    }

    @Test
    void aDomainThatCannotBeEndedIsNotSaidToBeGone() throws Exception {
        xen("--p--- 0.0 " + UUID);
        write("stuck", "");
        assertThat(leftovers(PORT)).isEqualTo("orphan 7 --p--- 0.0");
    }

    @Test
    void aGuestThatLibvirtHasIsItsBusiness() throws Exception {
        xen("-b---- 4.2 " + UUID);
        write("domid", "7");
        write("dominfo", "State: running\nPersistent:     no\n");
        assertThat(leftovers(PORT)).isEqualTo("active");
        assertThat(log()).doesNotContain("destroy", "define");
    }

    @Test
    void aDefinedGuestStaysDefined() throws Exception {
        write("dominfo", "State: shut off\nPersistent:     yes\n");
        assertThat(leftovers(PORT)).isEqualTo("none");
        assertThat(log()).doesNotContain("define");
    }

    @Test
    void aXenThatDoesNotAnswerIsNotTakenForAnEmptyOne() throws Exception {
        xen("silent");
        assertThat(leftovers(PORT)).startsWith("orphan");
    }

    private void xen(String... lines) throws IOException {
        Files.write(world.resolve("xen"), List.of(lines));
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(world.resolve(file), text);
    }

    private String log() throws IOException {
        return Files.readString(world.resolve("log"));
    }

    private String leftovers(String port) throws IOException, InterruptedException {
        Path script = world.resolve("leftovers.sh");
        try (InputStream source = Objects.requireNonNull(Leftovers.class.getResourceAsStream("leftovers.sh"))) {
            Files.deleteIfExists(script);
            Files.copy(source, script);
        }
        ProcessBuilder bash = PlayedHost.bash(world, TOOLS, script.toString(), UUID, port);
        bash.environment().put("VFRT_PATIENCE_SECONDS", "2");
        Process process = bash.start();
        process.getOutputStream().close();
        String answer =
                new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        return answer;
    }
}
