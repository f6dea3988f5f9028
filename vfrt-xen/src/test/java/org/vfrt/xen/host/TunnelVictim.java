package org.vfrt.xen.host;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;

/** A process that opens a tunnel, says where, and waits to be killed. */
final class TunnelVictim {

    private TunnelVictim() {}

    public static void main(String[] arguments) throws InterruptedException {
        HostShell shell = new SshShell(new Host("far", HostUri.parse(arguments[0]), Optional.empty()), 3);
        Tunnel tunnel = shell.forwardPortToHere(Integer.parseInt(arguments[1]));
        System.out.println(tunnel.port());
        TimeUnit.MINUTES.sleep(5);
    }
}
