package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class XenDomainsTest {

    @Test
    void aDomainThatLibvirtLetGoOfIsFound() throws IOException {
        assertThat(XenDomains.in(listed(), UUID.fromString("24c5ad83-7542-4276-8eac-06d2f040a597")))
                .hasValueSatisfying(domain -> {
                    assertThat(domain.words()).isEqualTo("domain 5 in state --p---");
                    assertThat(domain.paused()).isTrue();
                });
    }

    @Test
    void aDomainThatRunsOrWaitsIsNotPaused() {
        for (String state : new String[] {"r-----", "-b----", "---ss-", "------"}) {
            assertThat(new XenDomains.XenDomain("5", state).paused()).as(state).isFalse();
        }
    }

    @Test
    void aDomainThatIsNotThereIsNotFound() throws IOException {
        assertThat(XenDomains.in(listed(), UUID.fromString("24c5ad83-7542-4276-8eac-06d2f040a598")))
                .isEmpty();
        assertThat(XenDomains.in("", UUID.randomUUID())).isEmpty();
    }

    @Test
    void aDomainThatIsBeingTakenDownIsNone() throws IOException {
        assertThat(XenDomains.in(
                        listed().replace("--p---", "---s-d"), UUID.fromString("24c5ad83-7542-4276-8eac-06d2f040a597")))
                .isEmpty();
    }

    private static String listed() throws IOException {
        return Files.readString(Path.of(System.getProperty("vfrt.fixtures"), "captured/xl-4.17-list-v-orphan.txt"));
    }
}
