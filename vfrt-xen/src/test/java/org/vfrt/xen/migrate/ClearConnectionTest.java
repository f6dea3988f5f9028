package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What {@code ss} of iproute2 6.1 printed on the lab. */
class ClearConnectionTest {

    private static final String FLOWING =
            "0      1889640 192.168.77.2:60786 192.168.77.1:49152 \t cubic wscale:7,7 rto:208 rtt:5.5/3.002 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 "
                    + "cwnd:161 ssthresh:109 bytes_sent:46551144 bytes_retrans:97896 bytes_acked:46257769 segs_out:32166 segs_in:625 data_segs_out:32164 "
                    + "send 339095273bps lastsnd:12 lastrcv:2172 lastack:16 pacing_rate 406858840bps delivery_rate 288318584bps delivered:31963 "
                    + "busy:1756ms rwnd_limited:68ms(3.9%) unacked:135 retrans:0/68 dsack_dups:1 rcv_space:14480 rcv_ssthresh:64088 notsent:1694160 "
                    + "minrtt:0.739 snd_wnd:3108480 ";

    /** A moment after an acknowledgement it says nothing of it. */
    private static final String ALL_ARRIVED =
            "0      0      192.168.77.2:60786 192.168.77.1:49152 \t cubic wscale:7,7 rto:204 rtt:2.353/1.48 bytes_sent:135620784 bytes_retrans:273104 "
                    + "bytes_acked:135347681 segs_out:93718 lastsnd:4 lastrcv:5912 pacing_rate 608298416bps app_limited busy:5072ms ";

    @Test
    void whatIsAcknowledgedFlows() {
        ClearConnection.Look look = ClearConnection.Look.of(FLOWING).orElseThrow();
        assertThat(look.ackedBytes()).isEqualTo(46_257_769);
        assertThat(look.waitingBytes()).isEqualTo(1_889_640);
        assertThat(look.dead(Duration.ofSeconds(20))).isFalse();
        assertThat(ClearConnection.Look.of(ALL_ARRIVED).orElseThrow())
                .isEqualTo(new ClearConnection.Look(0, 135_347_681, Duration.ZERO));
    }

    @Test
    void aConnectionIsDeadWhenNothingOfWhatWaitsIsAcknowledged() {
        String silent = FLOWING.replace("lastack:16", "lastack:20417");
        assertThat(ClearConnection.Look.of(silent).orElseThrow().dead(Duration.ofSeconds(20)))
                .isTrue();
    }

    @Test
    void aConnectionOnWhichNothingWaitsIsNotDeadHoweverLongItIsSilent() {
        String idle = FLOWING.replace("1889640", "0").replace("lastack:16", "lastack:90000");
        assertThat(ClearConnection.Look.of(idle).orElseThrow().dead(Duration.ofSeconds(20)))
                .isFalse();
    }

    @Test
    void aConnectionThatIsNotThereIsNotLookedAt() {
        assertThat(ClearConnection.Look.of("")).isEmpty();
    }
}
