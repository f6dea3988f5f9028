package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What {@code ss} of iproute2 6.1 printed on the lab. */
class ClearConnectionTest {

    private static final String FLOWING = """
            0      1448000 192.168.77.1:43012 192.168.77.2:49152
            \t cubic wscale:7,7 rto:204 rtt:1.2/0.4 mss:1448 cwnd:86 bytes_sent:64880000 bytes_acked:63432000 \
            segs_out:44805 lastsnd:12 lastrcv:8000 lastack:16 pacing_rate 1.6Gbps busy:7900ms unacked:40
            """;

    @Test
    void whatIsAcknowledgedFlows() {
        ClearConnection.Look look = ClearConnection.Look.of(FLOWING).orElseThrow();
        assertThat(look.ackedBytes()).isEqualTo(63_432_000);
        assertThat(look.waitingBytes()).isEqualTo(1_448_000);
        assertThat(look.dead(Duration.ofSeconds(20))).isFalse();
    }

    @Test
    void aConnectionIsDeadWhenNothingOfWhatWaitsIsAcknowledged() {
        String silent = FLOWING.replace("lastack:16", "lastack:20417");
        assertThat(ClearConnection.Look.of(silent).orElseThrow().dead(Duration.ofSeconds(20)))
                .isTrue();
    }

    @Test
    void aConnectionOnWhichNothingWaitsIsNotDeadHoweverLongItIsSilent() {
        String idle = FLOWING.replace("1448000", "0").replace("lastack:16", "lastack:90000");
        assertThat(ClearConnection.Look.of(idle).orElseThrow().dead(Duration.ofSeconds(20)))
                .isFalse();
    }

    @Test
    void aConnectionThatIsNotThereIsNotLookedAt() {
        assertThat(ClearConnection.Look.of("")).isEmpty();
    }
}
