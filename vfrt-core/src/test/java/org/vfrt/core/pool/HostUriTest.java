package org.vfrt.core.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;

final class HostUriTest {

    @Test
    void aUriIsTakenApart() {
        HostUri uri = HostUri.parse("xen+ssh://root@xen1:2222/system?keyfile=/etc/a%20key&no_tty=1&plus=a+b");

        assertThat(uri.driver()).isEqualTo("xen");
        assertThat(uri.transport()).contains("ssh");
        assertThat(uri.user()).contains("root");
        assertThat(uri.server()).contains("xen1");
        assertThat(uri.port()).contains(2222);
        assertThat(uri.path()).isEqualTo("/system");
        assertThat(uri.parameters()).isEqualTo(Map.of("keyfile", "/etc/a key", "no_tty", "1", "plus", "a+b"));
        assertThat(uri.ssh()).isTrue();
        assertThat(uri.plain()).isFalse();
        assertThat(uri.local()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"xen:///system", "test:///default", "xen+unix:///system?socket=/run/x", "test:///tmp/node.xml"})
    void aUriWithoutAServerIsLocal(String text) {
        assertThat(HostUri.parse(text).local()).isTrue();
        assertThat(HostUri.parse(text).server()).isEmpty();
    }

    @Test
    void aServerWithAnUnderscoreIsNotTakenForTheLocalMachine() {
        HostUri uri = HostUri.parse("xen+ssh://root@xen_1/system");

        assertThat(uri.local()).isFalse();
        assertThat(uri.server()).contains("xen_1");
        assertThat(uri.user()).contains("root");
    }

    @Test
    void anIpv6AddressComesWithoutItsBrackets() {
        HostUri uri = HostUri.parse("xen+tcp://[fe80::1]:16509/system");

        assertThat(uri.server()).contains("fe80::1");
        assertThat(uri.port()).contains(16509);
        assertThat(uri.plain()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "xen1",
                "xen:system",
                "/system",
                "xen:/system",
                "xen+://a/system",
                "xen+shh://a/system",
                "xen+ssh://a b/system",
                "xen+ssh://-oProxyCommand=x/system",
                "xen+ssh://-l@xen1/system",
                "xen+ssh://root@/system",
                "xen+ssh://xen1:0/system",
                "xen+ssh://xen1:65536/system",
                "xen+ssh://xen1:ssh/system",
                "xen+ssh://a@b@c/system",
                "xen:///system#x",
                "xen:///%zz"
            })
    void anythingElseIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> HostUri.parse(text))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("is not a libvirt URI")
                .extracting(e -> ((BadInput) e).hint())
                .asString()
                .contains("xen+ssh://");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "xen+tcp://root:geheim@xen1/system",
                "xen+tcp://root:ge/geheim@xen1/system",
                "xen+tcp://root:#geheim@xen1/system",
                "xen+tcp://root:?geheim@xen1/system",
                "xen+tcp://root:a@geheim@xen1/system",
                "root:geheim@xen1"
            })
    void aPasswordIsRefusedAndNotRepeated(String uri) {
        assertThatThrownBy(() -> HostUri.parse(uri))
                .isInstanceOf(BadInput.class)
                .hasMessageNotContaining("geheim")
                .hasMessageContaining("xen1");
    }
}
