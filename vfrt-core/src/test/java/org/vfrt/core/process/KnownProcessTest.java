package org.vfrt.core.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KnownProcessTest {

    @TempDir
    Path directory;

    @Test
    void theOneThatAsksRuns() {
        KnownProcess own = KnownProcess.current();
        assertThat(own.runs()).isTrue();
        assertThat(own.begunTicks()).isPresent();
        assertThat(KnownProcess.of(own.id(), own.begun())).isEqualTo(own);
        assertThat(KnownProcess.isDead(KnownProcess.note())).isFalse();
    }

    @Test
    void anotherThatWasGivenItsNumberIsNotTheSame() {
        KnownProcess own = KnownProcess.current();
        long ticks = own.begunTicks().orElseThrow();
        assertThat(new KnownProcess(own.id(), OptionalLong.of(ticks - 1)).runs())
                .isFalse();
        assertThat(KnownProcess.of(own.id(), "").runs()).isTrue();
    }

    @Test
    void itsNameMayHoldBracketsAndBlanks() throws Exception {
        Path program = directory.resolve("a) b (c");
        Files.copy(Path.of("/usr/bin/sleep"), program);
        Process process = new ProcessBuilder(program.toString(), "60").start();
        try {
            String[] words = KnownProcess.note().split(" ", -1);
            long ticks = Long.parseLong(words[3]);
            String note = words[0] + " " + words[1] + " " + process.pid() + " ";
            // It began after this one.
            assertThat(KnownProcess.isDead(note + ticks)).isTrue();
            assertThat(KnownProcess.isDead(note + "-")).isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(KnownProcess.isDead(KnownProcess.note()
                        .replace(" " + ProcessHandle.current().pid() + " ", " " + process.pid() + " ")))
                .isTrue();
    }
}
