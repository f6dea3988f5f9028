package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class XenCpuTest {

    @Test
    void eachBitOfTheWordsIsAFeature() {
        assertThat(XenCpu.in("host : xen1\nhw_caps                : 00000003:80000000\nvirt_caps : pv hvm\n"))
                .hasValueSatisfying(features ->
                        assertThat(features).containsExactlyInAnyOrder("hw_caps 0:0", "hw_caps 0:1", "hw_caps 1:31"));
    }

    @Test
    void withoutTheLineNothingIsKnown() {
        assertThat(XenCpu.in("host : xen1\n")).isEmpty();
        assertThat(XenCpu.in("hw_caps : none\n")).isEmpty();
    }
}
