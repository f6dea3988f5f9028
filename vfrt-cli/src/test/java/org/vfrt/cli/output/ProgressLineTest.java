package org.vfrt.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class ProgressLineTest {

    private final StringWriter err = new StringWriter();

    @Test
    void theLineIsWipedAtTheEnd() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(err), "web1")) {
            line.at("copy", 512, 1024);
        }
        assertThat(err.toString())
                .startsWith("\rweb1: copy 50 %, 512 B of 1 KiB\r")
                .endsWith(" \r");
    }

    @Test
    void pagesSentAgainDoNotLookLikeTheEnd() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(err), "web1")) {
            line.at("copy", 3000, 1024);
        }
        assertThat(err.toString()).contains("99 %").doesNotContain("100 %");
    }

    @Test
    void oneThatWasNeverToldAnythingPrintsNothing() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(err), "web1")) {
            assertThat(line).isNotNull();
        }
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aThousandReportsOfOnePhaseAreNotAThousandLines() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(err), "web1")) {
            for (int i = 0; i < 1000; i++) {
                line.at("copy", i, 1000);
            }
        }
        assertThat(err.toString().split("copy", -1).length).isLessThan(100);
    }
}
