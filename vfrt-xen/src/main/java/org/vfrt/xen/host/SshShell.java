package org.vfrt.xen.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.failure.TimedOut;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;

/**
 * A host's shell through the system's own ssh, the way libvirt goes there (user, port, {@code keyfile}, {@code command} of the URI).
 *
 * <p>One master connection carries all commands and tunnels. It lives in the background, in a session of its own, and is kept from
 * ending by a <em>holder</em>: a session that ends when this process does, however that dies. Without a holder the master stays as
 * long as a connection through a tunnel is open, and ends {@link #IDLE_SECONDS} s after the last one. So the data of a capture flows
 * on when vfrt is killed: broken off in the last copy round, it would leave the guest suspended (bug C).
 */
final class SshShell extends CommandShell {

    private static final Logger LOG = LoggerFactory.getLogger(SshShell.class);

    private static final int IDLE_SECONDS = 10;

    private static final int CONNECT_SECONDS = 15;

    private static final Duration HOLD = Duration.ofSeconds(60);
    private static final Duration CONNECT = Duration.ofSeconds(CONNECT_SECONDS + 15L);

    private static final Duration CONTROL = Duration.ofSeconds(15);

    /** How much longer than the caller waits the host may go on with a command of which nobody hears any more. */
    private static final long GRACE_SECONDS = 5;

    /** What the session that keeps the connection says first: it is there, and its user's number. */
    private static final Pattern HELD = Pattern.compile("held \\d*");

    private static final int LINE_MAX = 40;

    /** The exit code that ssh uses for its own failures. */
    private static final int SSH_FAILED = 255;

    private final Host host;
    private final int idleSeconds;
    private final Set<Forward> forwards = ConcurrentHashMap.newKeySet();

    /** Guards the master's coming and going; commands run beside each other. */
    private final Object mastering = new Object();

    private @Nullable Master master;
    private volatile boolean closed;
    private volatile boolean connectingAhead;

    SshShell(Host host) {
        this(host, IDLE_SECONDS);
    }

    SshShell(Host host, int idleSeconds) {
        super(host.name());
        this.host = host;
        this.idleSeconds = idleSeconds;
    }

    @Override
    public Result run(List<String> argv, InputStream input, Duration timeout) {
        // Killing the local ssh does not end the remote command, so the host gets a limit of its own.
        List<String> bounded =
                new ArrayList<>(List.of("timeout", "-k", "5", Long.toString(timeout.toSeconds() + GRACE_SECONDS)));
        bounded.addAll(argv);
        Result result = commands.run(onHost(bounded), argv.get(0), input, timeout);
        if (result.exitCode() == SSH_FAILED) {
            throw new Temporary(
                    "shell-lost",
                    "the ssh connection to host '" + host.name() + "' broke during '" + argv.get(0) + "': "
                            + result.complaint(),
                    "See whether 'ssh " + destination() + " true' works, then try again.");
        }
        return result;
    }

    @Override
    public Process start(List<String> argv) {
        return commands.start(onHost(argv));
    }

    @Override
    public Tunnel forwardSocketToHere(String remotePath, Path localSocket) {
        if (remotePath.indexOf(':') >= 0 || localSocket.toString().indexOf(':') >= 0) {
            throw new IllegalArgumentException("ssh takes no colon in the path of a socket");
        }
        String specification = remotePath + ":" + localSocket;
        Master through = running();
        try {
            control(through, "forward", "-R", specification);
        } catch (Failed refused) {
            // sshd leaves the file of a socket behind, and replaces none.
            remove(remotePath);
            control(through, "forward", "-R", specification);
        }
        return remember(new Forward(through, "-R", specification, remotePath, 0));
    }

    @Override
    public Tunnel forwardPortToHere(int localPort) {
        Master through = running();
        String specification = "127.0.0.1:0:127.0.0.1:" + localPort;
        String allocated =
                control(through, "forward", "-R", specification).output().strip();
        int port;
        try {
            port = Integer.parseInt(allocated);
        } catch (NumberFormatException e) {
            throw new Failed(
                    "forward-refused",
                    "ssh did not say which port host '" + host.name() + "' opened, but '" + allocated + "'",
                    "OpenSSH 7 or newer is needed on both sides.",
                    e);
        }
        // To ssh the tunnel keeps the name it was asked for under, with port 0: so it is cancelled.
        return remember(new Forward(through, "-R", specification, "127.0.0.1:" + port, port));
    }

    @Override
    public Tunnel forwardPortToHost(int remotePort) {
        Master through = running();
        int attempts = 5;
        while (true) {
            int port = freePort();
            String specification = "127.0.0.1:" + port + ":127.0.0.1:" + remotePort;
            try {
                control(through, "forward", "-L", specification);
                return remember(new Forward(through, "-L", specification, "127.0.0.1:" + port, port));
            } catch (Failed e) {
                // Somebody else may have taken the port since it was found free.
                attempts--;
                if (attempts == 0) {
                    throw e;
                }
            }
        }
    }

    @Override
    public boolean root() {
        return running().root();
    }

    @Override
    public void connectAhead() {
        Thread thread = new Thread(this::connectUnlessClosed, "vfrt-ssh-" + host.name());
        thread.setDaemon(true);
        connectingAhead = true;
        thread.start();
    }

    private void connectUnlessClosed() {
        try {
            running();
        } catch (Failure | IllegalStateException e) {
            // Whoever needs the shell tries again, and says why it fails.
            LOG.debug("connecting ahead: {}", e.getMessage());
        }
        // This and close() each say where they are before they look where the other is: one of them, at least, stops
        // the master.
        connectingAhead = false;
        if (closed) {
            stopMaster();
        }
    }

    @Override
    public void close() {
        for (Forward forward : List.copyOf(forwards)) {
            forward.close();
        }
        closed = true;
        // A host that is slow to answer nobody waits for any more.
        if (!connectingAhead) {
            stopMaster();
        }
    }

    private void stopMaster() {
        synchronized (mastering) {
            if (master != null) {
                stop(master);
                master = null;
            }
        }
    }

    private Tunnel remember(Forward forward) {
        forwards.add(forward);
        return forward;
    }

    /** Returns the local command that runs a command on the host. */
    private List<String> onHost(List<String> argv) {
        List<String> command = client(running().directory());
        command.addAll(List.of("--", server(), ShellWords.quote(argv)));
        return command;
    }

    private Result control(Master to, String verb, String direction, String specification) {
        List<String> command = client(to.directory());
        command.addAll(List.of("-O", verb, direction, specification, "--", server()));
        Result result = commands.run(command, "ssh -O " + verb, InputStream.nullInputStream(), CONTROL);
        if (result.errors().contains("Control socket connect")) {
            throw new Temporary(
                    "shell-lost",
                    "the ssh connection to host '" + host.name() + "' is gone: " + result.complaint(),
                    "See whether 'ssh " + destination() + " true' works, then try again.");
        }
        if (!result.ok()) {
            throw new Failed(
                    "forward-refused",
                    "host '" + host.name() + "' refused the tunnel '" + specification + "': " + result.complaint(),
                    "See that its sshd_config has 'AllowTcpForwarding yes' and 'AllowStreamLocalForwarding yes'.");
        }
        return result;
    }

    /** A client of the master. If the master is gone it must fail, and not connect again by itself: hence the proxy that fails. */
    private List<String> client(RuntimeDirectory directory) {
        List<String> command =
                new ArrayList<>(List.of(program(), "-S", directory.socket().toString()));
        command.addAll(List.of("-o", "ControlMaster=no", "-o", "ProxyCommand=false", "-o", "BatchMode=yes", "-T"));
        command.addAll(addressing());
        return command;
    }

    private Master running() {
        synchronized (mastering) {
            if (closed) {
                throw new IllegalStateException("the shell of host '" + host.name() + "' is closed");
            }
            if (master != null && !master.holder().isAlive() && forwards.isEmpty()) {
                // The connection broke. With tunnels it must not come back silently: their entrances are gone.
                stop(master);
                master = null;
            }
            if (master == null) {
                master = begin();
            }
            return master;
        }
    }

    private Master begin() {
        RuntimeDirectory directory = RuntimeDirectory.make();
        Master begun = null;
        try {
            List<String> command = new ArrayList<>(List.of("setsid", "--", program()));
            command.addAll(List.of(
                    "-M", "-N", "-T", "-a", "-x", "-S", directory.socket().toString()));
            for (String option : List.of(
                    "ControlPersist=" + idleSeconds,
                    "BatchMode=yes",
                    "ConnectTimeout=" + CONNECT_SECONDS,
                    // A dom0 that writes a guest's memory can be mute for long; a false alarm would cut the tunnels.
                    "ServerAliveInterval=15",
                    "ServerAliveCountMax=6",
                    "ClearAllForwardings=yes",
                    "ForwardAgent=no",
                    "PermitLocalCommand=no",
                    "EscapeChar=none")) {
                command.addAll(List.of("-o", option));
            }
            if ("1".equals(host.uri().parameters().get("no_verify"))) {
                command.addAll(List.of("-o", "StrictHostKeyChecking=no"));
            }
            command.addAll(addressing());
            command.addAll(List.of("--", server()));
            connect(command, directory.log());
            begun = hold(directory);
            return begun;
        } finally {
            if (begun == null) {
                directory.close();
            }
        }
    }

    /** ssh goes into the background, and so ends here, when the connection stands. */
    private void connect(List<String> command, Path log) {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    // A file, not a pipe: older masters keep the error output open for as long as they live.
                    .redirectError(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new Failed(
                    "command-missing",
                    "'" + program() + "' cannot be started on this machine: " + e.getMessage(),
                    "Install it: 'apt-get install openssh-client'.",
                    e);
        }
        try {
            if (!process.waitFor(CONNECT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Temporary(
                        "shell-unreachable",
                        "the shell of host '" + host.name() + "' did not answer within " + CONNECT.toSeconds() + " s",
                        "See whether 'ssh " + destination() + " true' works.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "connecting to host '" + host.name() + "' was interrupted", "", e);
        } finally {
            Commands.kill(process);
        }
        if (process.exitValue() != 0) {
            throw unreachable(log);
        }
    }

    private Failure unreachable(Path log) {
        List<String> lines;
        try (Stream<String> all = Files.lines(log)) {
            lines = all.filter(line -> !line.isBlank() && !line.startsWith("@")).toList();
        } catch (IOException | UncheckedIOException e) {
            lines = List.of("no reason given");
        }
        // What decided comes last; warnings come before.
        String words = String.join(" ", lines.subList(Math.max(0, lines.size() - 2), lines.size()));
        String message = "the shell of host '" + host.name() + "' cannot be reached: " + words;
        String hint = "See that 'ssh -o BatchMode=yes " + destination() + " true' works without a question.";
        String lower = words.toLowerCase(Locale.ROOT);
        if (lower.contains("permission denied")) {
            return new Failed("auth-failed", message, hint);
        }
        if (lower.contains("host key verification failed")) {
            return new Failed("host-key", message, hint);
        }
        return new Temporary("shell-unreachable", message, hint);
    }

    /** Starts the session that keeps the master. It ends when this end of the pipe closes, and the kernel sees to that. */
    private Master hold(RuntimeDirectory directory) {
        List<String> command = client(directory);
        command.addAll(List.of("--", server(), "echo held $(id -u); exec cat >/dev/null"));
        Process process = commands.start(command);
        String first = "";
        try {
            // A login shell can hang for ever, in the profile it reads for instance, while its sshd answers.
            first = CompletableFuture.supplyAsync(() -> firstLine(process)).get(HOLD.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            first = "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!HELD.matcher(first).matches()) {
                Commands.kill(process);
            }
        }
        if (!HELD.matcher(first).matches()) {
            throw new Temporary(
                    "shell-unreachable",
                    "host '" + host.name() + "' gives no shell to the user",
                    "See that 'ssh " + destination() + " echo held' prints one line and nothing else.");
        }
        return new Master(directory, process, first.equals("held 0"));
    }

    /** Byte by byte, so that nothing after the line is waited for. */
    private static String firstLine(Process process) {
        StringBuilder line = new StringBuilder();
        try {
            InputStream output = process.getInputStream();
            for (int c = output.read(); c >= 0 && c != '\n' && line.length() < LINE_MAX; c = output.read()) {
                line.append((char) c);
            }
        } catch (IOException e) {
            return "";
        }
        return line.toString();
    }

    /** Lets the master end with its last connection: no entrance, no new command, but what flows now flows on. */
    private void stop(Master old) {
        List<String> command = client(old.directory());
        command.addAll(List.of("-O", "stop", "--", server()));
        try {
            commands.run(command, "ssh -O stop", InputStream.nullInputStream(), CONTROL);
        } finally {
            closeQuietly(old.holder().getOutputStream());
            old.directory().close();
        }
    }

    private List<String> addressing() {
        HostUri uri = host.uri();
        List<String> options = new ArrayList<>();
        uri.port().ifPresent(port -> options.addAll(List.of("-p", port.toString())));
        uri.user().ifPresent(user -> options.addAll(List.of("-l", user)));
        String keyFile = uri.parameters().getOrDefault("keyfile", "");
        if (!keyFile.isEmpty()) {
            options.addAll(List.of("-i", keyFile));
        }
        return options;
    }

    private String program() {
        return DetachedSsh.program(host.uri());
    }

    private String server() {
        String server = host.uri().server().orElseThrow();
        return server.startsWith("[") ? server.substring(1, server.length() - 1) : server;
    }

    private String destination() {
        return host.uri().user().map(user -> user + "@" + server()).orElse(server());
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new Failed("no-port", "no port is free on this machine's loopback", "", e);
        }
    }

    private static void closeQuietly(OutputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            // The process at the other end is gone, which is what closing is for.
        }
    }

    /** The connection, the session that keeps it, and whether that is root's. */
    private record Master(RuntimeDirectory directory, Process holder, boolean root) {}

    private final class Forward implements Tunnel {

        private final Master through;
        private final String direction;
        private final String specification;
        private final String address;
        private final int port;

        Forward(Master through, String direction, String specification, String address, int port) {
            this.through = through;
            this.direction = direction;
            this.specification = specification;
            this.address = address;
            this.port = port;
        }

        @Override
        public String address() {
            return address;
        }

        @Override
        public int port() {
            return port;
        }

        @Override
        public void close() {
            if (!forwards.remove(this)) {
                return;
            }
            try {
                control(through, "cancel", direction, specification);
                if (port == 0) {
                    // sshd leaves the file of the socket behind.
                    SshShell.this.remove(address);
                }
            } catch (Failed | Temporary | TimedOut e) {
                // The connection is gone, and the entrance with it.
            }
        }
    }
}
