package org.vfrt.xen.host;

import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The shell of this machine. Its tunnels forward nothing: the entrance is the exit itself. */
final class LocalShell extends CommandShell {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    LocalShell(String hostName) {
        super(hostName);
    }

    @Override
    public Result run(List<String> argv, InputStream input, Duration timeout) {
        return commands.run(argv, argv.get(0), input, timeout);
    }

    @Override
    public Process start(List<String> argv) {
        return commands.start(argv);
    }

    @Override
    public boolean root() {
        return run(List.of("id", "-u"), LIMIT).output().strip().equals("0");
    }

    @Override
    public Tunnel forwardSocketToHere(String remotePath, Path localSocket) {
        return new NoTunnel(localSocket.toString(), 0);
    }

    @Override
    public Tunnel forwardPortToHere(int localPort) {
        return new NoTunnel("127.0.0.1:" + localPort, localPort);
    }

    @Override
    public Tunnel forwardPortToHost(int remotePort) {
        return new NoTunnel("127.0.0.1:" + remotePort, remotePort);
    }

    @Override
    public void close() {
        // It holds nothing.
    }

    private record NoTunnel(String address, int port) implements Tunnel {

        @Override
        public void close() {
            // Whoever listens at the exit decides how long.
        }
    }
}
