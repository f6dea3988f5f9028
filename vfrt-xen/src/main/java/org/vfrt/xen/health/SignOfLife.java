package org.vfrt.xen.health;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.vfrt.core.drill.DrillGround;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.Health;
import org.vfrt.core.standby.Protection;
import org.vfrt.xen.host.LocalProgram;

/**
 * Looks for the sign that a guest's protection names: from this machine for a port or with a program of the site, on the guest's host for its console or xenstore. Whatever the sign is, a guest that is
 * gone or has crashed is ill.
 *
 * <p>A console and a xenstore key are watched from the first question on, and asked about afterwards. Safe for several threads.
 */
public final class SignOfLife implements Health {

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration PROGRAM = Duration.ofSeconds(20);
    private static final Duration WATCH = Duration.ofMinutes(5);

    private final Pool pool;
    private final Health running;
    private final DrillGround ground;
    private final Map<Watched, DrillGround.Watch> watches = new ConcurrentHashMap<>();

    /** @param running what is asked of a guest without a sign of its own */
    public SignOfLife(Pool pool, Health running, DrillGround ground) {
        this.pool = pool;
        this.running = running;
        this.ground = ground;
    }

    /** One guest on one host, as one domain. */
    private record Watched(String host, UUID guest, int domain) {}

    @Override
    public Verdict check(Protection protection, String host) {
        Verdict runs = running.check(protection, host);
        Sign sign = protection.health();
        if (runs == Verdict.ILL || sign instanceof Sign.Runs) {
            return runs;
        }
        try {
            return seen(protection, host, sign) ? Verdict.HEALTHY : Verdict.NOT_YET;
        } catch (Failure e) {
            return Verdict.NOT_YET;
        }
    }

    @Override
    public List<Reason> obstacles(Sign sign) {
        return sign instanceof Sign.Script script
                ? LocalProgram.untrusted(Path.of(script.path())).stream().toList()
                : List.of();
    }

    private boolean seen(Protection protection, String host, Sign sign) {
        if (sign instanceof Sign.Tcp tcp) {
            return answers(tcp);
        }
        if (sign instanceof Sign.Script script) {
            return LocalProgram.run(
                            List.of(script.path()), told(protection, host), InputStream.nullInputStream(), PROGRAM)
                    .ok();
        }
        try (Hypervisor there = pool.connect(host)) {
            return there.guest(protection.guest())
                    .filter(guest -> watched(there, guest, sign))
                    .isPresent();
        }
    }

    private static boolean answers(Sign.Tcp tcp) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(tcp.address(), tcp.port()), Math.toIntExact(CONNECT.toMillis()));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Map<String, String> told(Protection protection, String host) {
        Map<String, String> told = new LinkedHashMap<>();
        told.put("VFRT_GUEST", protection.name());
        told.put("VFRT_GUEST_UUID", protection.guest().toString());
        told.put("VFRT_HOST", host);
        told.put("VFRT_HOST_URI", pool.host(host).uri().text());
        return told;
    }

    private boolean watched(Hypervisor there, Guest guest, Sign sign) {
        Watched key = new Watched(there.host().name(), guest.uuid(), guest.id());
        DrillGround.Watch watch = watches.computeIfAbsent(
                key,
                one -> ground.watch(
                        there, guest, sign, new DrillGround.Trial(guest.name(), "", WATCH, Optional.empty())));
        try {
            boolean seen = watch.seen().isPresent();
            if (seen) {
                end(key);
            }
            return seen;
        } catch (Failure e) {
            end(key);
            throw e;
        }
    }

    private void end(Watched key) {
        Optional.ofNullable(watches.remove(key)).ifPresent(DrillGround.Watch::close);
    }
}
