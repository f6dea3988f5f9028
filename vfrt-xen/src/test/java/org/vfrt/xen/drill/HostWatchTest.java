package org.vfrt.xen.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class HostWatchTest {

    private static Process program(String text) throws IOException {
        return new ProcessBuilder("sh", "-c", text).start();
    }

    private static Pattern lines(String regex) {
        return Pattern.compile(regex, Pattern.MULTILINE);
    }

    @Test
    void aPromptIsSeenAlthoughItsLineHasNoEndAndATerminalIsTalkedTo() throws Exception {
        Process process = program("printf 'booted\\r\\n\\033[1;32mweb1 login: \\033[6n'; sleep 600");
        try (HostWatch watch = new HostWatch(process, lines("login: $"))) {
            assertThat(HostGroundTest.seen(watch)).isEqualTo("login:");
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatComesInPartsIsSeenAsAWhole() throws Exception {
        Process process = program("printf 'log'; sleep 0.3; printf 'in:'; sleep 600");
        try (HostWatch watch = new HostWatch(process, lines("login:"))) {
            assertThat(HostGroundTest.seen(watch)).isEqualTo("login:");
        }
    }

    @Test
    void onlyTheLastOfWhatComesIsKeptAndTheEndIsSeen() throws Exception {
        Process process = program("head -c 3000000 /dev/zero | tr '\\0' x; printf '\\nthe end\\n'; sleep 600");
        try (HostWatch watch = new HostWatch(process, lines("^the end$"))) {
            assertThat(HostGroundTest.seen(watch)).isEqualTo("the end");
        }
    }

    @Test
    void whatIsThereInsteadIsItsLastLine() throws Exception {
        Process process = program("printf 'one\\n\\tkernel panic\\n\\n'");
        try (HostWatch watch = new HostWatch(process, lines("login:"))) {
            process.waitFor();
            for (int look = 0; look < 100 && watch.instead().isEmpty(); look++) {
                Thread.sleep(20);
            }
            assertThat(watch.seen()).isEmpty();
            assertThat(watch.instead()).isEqualTo("'kernel panic'");
        }
    }
}
