package org.vfrt.xen.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.Health.Verdict;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.Tier;
import org.vfrt.xen.drill.HostGround;

class SignOfLifeTest {

    private static final UUID GUEST = new UUID(0, 1);

    @TempDir
    private Path directory;

    private Verdict running = Verdict.NOT_YET;
    private final SignOfLife health = new SignOfLife(
            new FakePool("xen1").pool(), (protection, host) -> running, new HostGround(host -> Optional.empty()));

    private Verdict check(String sign) {
        return health.check(
                new Protection(
                        GUEST,
                        "web1",
                        Tier.WARM,
                        "xen2",
                        Optional.empty(),
                        false,
                        Duration.ofSeconds(30),
                        0,
                        List.of(),
                        List.of(RestoreForm.MEMORY),
                        Sign.parse(sign),
                        false),
                "xen1");
    }

    private Path program(String text, String mode) throws IOException {
        Path program = Files.writeString(directory.resolve("sign"), "#!/bin/sh\n" + text + "\n");
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString(mode));
    }

    @Test
    void withoutASignItIsAsWellAsItRuns() {
        assertThat(check("runs")).isEqualTo(Verdict.NOT_YET);
        running = Verdict.HEALTHY;
        assertThat(check("runs")).isEqualTo(Verdict.HEALTHY);
    }

    @Test
    void aPortSaysSoByAcceptingAConnection() throws IOException {
        running = Verdict.HEALTHY;
        int port;
        try (ServerSocket service = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = service.getLocalPort();
            assertThat(check("tcp=127.0.0.1:" + port)).isEqualTo(Verdict.HEALTHY);
        }
        assertThat(check("tcp=127.0.0.1:" + port)).isEqualTo(Verdict.NOT_YET);
    }

    @Test
    void aProgramSaysSoByEndingWithNothing() throws IOException {
        Path program = program("[ \"$VFRT_GUEST on $VFRT_HOST\" = 'web1 on xen1' ] && [ -e \"$0.up\" ]", "rwx------");
        assertThat(check("script=" + program)).isEqualTo(Verdict.NOT_YET);
        Files.createFile(directory.resolve("sign.up"));
        assertThat(check("script=" + program)).isEqualTo(Verdict.HEALTHY);
    }

    @Test
    void noSignMakesACrashedGuestWell() throws IOException {
        running = Verdict.ILL;
        assertThat(check("script=" + program("exit 0", "rwx------"))).isEqualTo(Verdict.ILL);
    }

    @Test
    void aProgramThatOthersCanChangeIsRefusedBeforehand() throws IOException {
        Path program = program("exit 0", "rwxrwx---");
        assertThat(health.obstacles(Sign.parse("script=" + program)))
                .extracting(Reason::code)
                .containsExactly("script-writable");
        assertThat(health.obstacles(Sign.parse("script=/nowhere")))
                .extracting(Reason::code)
                .containsExactly("bad-script");
        assertThat(health.obstacles(Sign.usual())).isEmpty();
    }
}
