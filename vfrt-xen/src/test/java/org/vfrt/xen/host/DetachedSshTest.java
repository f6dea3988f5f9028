package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vfrt.core.pool.HostUri;

final class DetachedSshTest {

    /** The sixth word of /proc/self/stat is the session. */
    private static final String SESSION = "read -r _ _ _ _ _ session _ </proc/self/stat; echo $session";

    private static String said(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void theSshThatAUriNamesRunsInASessionOfItsOwn() throws Exception {
        Path program;
        try (DetachedSsh ssh = DetachedSsh.of(HostUri.parse("xen+ssh://x/system?command=/bin/sh"))
                .orElseThrow()) {
            program = ssh.path();
            String here = said(List.of("/bin/sh", "-c", SESSION));
            String there = said(List.of(program.toString(), "-c", SESSION));
            assertThat(there).isNotEmpty().isNotEqualTo(here);
            assertThat(said(List.of(program.toString(), "-c", "echo \"$1\"", "sh", "a 'b' \"c\"")))
                    .isEqualTo("a 'b' \"c\"");
        }
        assertThat(program.getParent()).doesNotExist();
    }
}
