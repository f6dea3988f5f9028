package org.vfrt.core.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IsolatedXmlTest {

    private static final String DOMAIN = """
            <domain type='xen' xmlns:xen='http://libvirt.org/schemas/domain/xen/1.0'>
              <name>web1</name>
              <uuid>8e8dab7f-3860-481d-8461-c0a967d2527a</uuid>
              <memory unit='KiB'>131072</memory>
              <vcpu>1</vcpu>
              <os><type arch='x86_64' machine='xenpvh'>xenpvh</type><kernel>/boot/vmlinuz</kernel></os>
              <devices>
                <disk type='file' device='disk'><source file='/srv/web1.img'/><target dev='xvda'/></disk>
                <interface type='bridge'><source bridge='br0'/></interface>
                <channel type='unix'><source mode='bind' path='/run/web1-agent.sock'/><target type='xen' name='agent'/></channel>
                <filesystem type='mount'><source dir='/srv'/><target dir='srv'/></filesystem>
                <redirdev bus='usb' type='tcp'><source mode='connect' host='10.0.0.9' service='4000'/></redirdev>
                <shmem name='shared'><size unit='M'>4</size></shmem>
                <console type='pty'/>
                <memballoon model='xen'/>
              </devices>
              <xen:commandline><xen:arg value='-netdev'/></xen:commandline>
            </domain>
            """;

    /** What nobody thought of may lead to the original, or out of the host. */
    @Test
    void aCopyThatMeetsNobodyHasNoDeviceThatIsNotKnownToMeetNobody() {
        String copy =
                IsolatedXml.of(Definition.parse(DOMAIN), "web1", List.of()).xml();
        assertThat(copy)
                .doesNotContain("channel", "filesystem", "redirdev", "shmem", "commandline", "br0")
                .contains("<disk", "<console", "<memballoon");
        assertThat(Definition.parse(copy).uuid()).isEqualTo(UUID.fromString("8e8dab7f-3860-481d-8461-c0a967d2527a"));
    }

    @Test
    void anEmptyDriveIsNothingThatAGuestWritesTo() {
        Definition definition = Definition.parse(
                DOMAIN.replace("<console", "<disk type='file' device='floppy'><target dev='fda'/></disk><console"));
        assertThat(definition.writableDisks()).containsExactly("xvda");
        assertThat(definition.disks()).filteredOn(Disk::writable).hasSize(1);
    }
}
