package org.vfrt.core.drill;

/** The definition of a guest with a network, a label and a disk. */
final class CheckpointWorldXml {

    private CheckpointWorldXml() {}

    static String withDisk(String path) {
        return """
                <domain type='xen'><name>web1</name><uuid>11111111-2222-3333-4444-555555555555</uuid>
                <metadata><v:labels xmlns:v='http://vfrt.org/xmlns/labels/1.0' tier='gold'/><other xmlns='urn:other'/></metadata>
                <memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type>xenpvh</type></os><on_crash>restart</on_crash>
                <devices><disk device='disk'><source file='%s'/><target dev='xvda'/></disk>
                <interface type='bridge'><mac address='00:16:3e:00:00:01'/><source bridge='xenbr0'/><target dev='vif1.0'/></interface>
                <interface type='network'><mac address='00:16:3e:00:00:02'/><source network='lan'/><vlan><tag id='4'/></vlan></interface>
                <console type='file' tty='/dev/pts/1'><source path='/var/log/web1'/><target type='xen' port='0'/></console>
                <graphics type='vnc' port='5901'/></devices></domain>
                """.formatted(path);
    }
}
