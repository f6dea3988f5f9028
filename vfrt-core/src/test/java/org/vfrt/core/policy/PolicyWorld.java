package org.vfrt.core.policy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.ArrivingImage;
import org.vfrt.core.checkpoint.Capture;
import org.vfrt.core.checkpoint.CaptureJob;
import org.vfrt.core.checkpoint.Captured;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.ImageReceiver;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.disk.FakeDisks;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.retention.PruneCheckpoints;
import org.vfrt.core.store.MemoryStore;

/** Two hosts, a store in memory, and a clock that moves when it is told to. */
final class PolicyWorld {

    final FakePool pool = new FakePool("xen1", "xen2");
    final MemoryStore store = new MemoryStore();
    final FakeCapture capture = new FakeCapture();
    final List<Policy> policies = new ArrayList<>();
    final GuestLocks locks;
    private final Journal journal;
    private Instant now = Instant.parse("2026-11-25T10:00:00Z");

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    PolicyWorld(Path state) {
        locks = new GuestLocks(state, clock);
        journal = new Journal(state, clock);
    }

    static UUID uuid(String guest) {
        return UUID.nameUUIDFromBytes(guest.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    Guest add(String host, String guest, String inside) {
        return pool.on(host)
                .addRunning(
                        guest,
                        "<domain type='xen'><name>" + guest + "</name><uuid>" + uuid(guest)
                                + "</uuid><memory unit='MiB'>16</memory><os><type>xenpvh</type></os>" + inside
                                + "</domain>");
    }

    void pass(String time) {
        now = now.plus(Duration.parse(time));
    }

    /** Returns a policy about these guests that keeps the last two. */
    static Policy policy(String name, String... guests) {
        return new Policy(
                name,
                List.of(guests).stream().map(GuestPattern::new).toList(),
                List.of(),
                Duration.ofMinutes(15),
                Optional.empty(),
                Optional.empty(),
                DiskWish.REFERENCE,
                Optional.empty(),
                Optional.of(new KeepRules(2, Optional.empty(), 0, 0, 0, 0, 0, List.of())),
                List.of(new Tag("cron")),
                Optional.empty(),
                List.of());
    }

    static Policy labelled(String name, String key, String value) {
        Policy like = policy(name);
        return like(like, List.of(), List.of(new Policy.Label(key, value)), like.drill(), like.recover());
    }

    static Policy drilled(Policy policy, DrillOrder drill) {
        return like(policy, policy.guests(), policy.labels(), Optional.of(drill), policy.recover());
    }

    static Policy recovering(Policy policy, RestoreForm... forms) {
        return like(policy, policy.guests(), policy.labels(), policy.drill(), List.of(forms));
    }

    private static Policy like(
            Policy policy,
            List<GuestPattern> guests,
            List<Policy.Label> labels,
            Optional<DrillOrder> drill,
            List<RestoreForm> recover) {
        return new Policy(
                policy.name(),
                guests,
                labels,
                policy.interval(),
                policy.method(),
                policy.maxPause(),
                policy.disks(),
                policy.diskHook(),
                policy.keep(),
                policy.tags(),
                drill,
                recover);
    }

    PlanRun.Plan plan() {
        return plan(Optional.empty());
    }

    PlanRun.Plan plan(Optional<String> policy) {
        return new PlanRun(pool.pool(), new Policies(policies), store, clock).run(policy);
    }

    RunPolicy.Outcome run(PlanRun.Planned planned, boolean dryRun) {
        CreateCheckpoint create =
                new CreateCheckpoint(pool.pool(), List.of(capture), new FakeDisks(), store, locks, journal, clock);
        return new RunPolicy(create, new PruneCheckpoints(store, locks, clock, ZoneOffset.UTC), clock)
                .run(planned, Optional.empty(), dryRun, plan -> {}, Progress.NONE);
    }

    /** Plans, runs every guest, and returns for example {@code web1 TAKEN}. */
    List<String> runAll() {
        return plan().guests().stream()
                .map(planned ->
                        planned.guest().name() + " " + run(planned, false).result())
                .toList();
    }

    /** Takes as long as it is told to. */
    final class FakeCapture implements Capture {

        final List<Reason> obstacles = new ArrayList<>();
        String takes = "PT0S";
        Runnable during = () -> {};

        @Override
        public Method method() {
            return Method.LIVE;
        }

        @Override
        public List<Reason> obstacles(Hypervisor host) {
            return obstacles;
        }

        @Override
        public List<Reason> obstacles(Hypervisor host, Guest guest, Definition definition) {
            return obstacles;
        }

        @Override
        public Captured capture(CaptureJob job) {
            during.run();
            pass(takes);
            byte[] image =
                    SyntheticStream.of(SyntheticStream.Kind.PVH, 64).live(2).bytes();
            InputStream bytes = new ByteArrayInputStream(image);
            ImageReceiver.Received received = job.receiver().receive(ImageFormat.LIBXL, new ArrivingImage() {
                @Override
                public InputStream bytes() {
                    return bytes;
                }

                @Override
                public long arrivalNanos() {
                    return System.nanoTime();
                }
            });
            return new Captured(
                    job.definition().xml(), now, received.imageBytes(), Duration.ofMillis(9), Duration.ZERO, List.of());
        }

        @Override
        public List<String> settle(JournalEntry entry, Hypervisor host) {
            return List.of();
        }
    }
}
