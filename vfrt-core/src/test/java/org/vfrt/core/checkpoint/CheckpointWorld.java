package org.vfrt.core.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.FakeDisks;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pack.StoreKey;
import org.vfrt.core.placement.LoadHistoryFile;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.store.DirectoryBackend;
import org.vfrt.core.store.PackedStore;

/** Two hosts, a store and a journal in a temporary directory, and captures that need no Xen. */
public final class CheckpointWorld {

    static final String WEB1 = """
            <domain type='xen'><name>web1</name><uuid>11111111-2222-3333-4444-555555555555</uuid>
            <memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type>xenpvh</type></os>
            <devices><interface type='bridge'><mac address='00:16:3e:00:00:01'/><target dev='vif1.0'/></interface>%s</devices></domain>
            """;

    private final Path directory;
    public final FakePool pool = new FakePool("xen1", "xen2");
    public final PackedStore store;
    public final GuestLocks locks;
    public final Journal journal;
    public final Clock clock = Clock.systemUTC();
    final FakeCapture live = new FakeCapture(Method.LIVE);
    final FakeCapture save = new FakeCapture(Method.SAVE);
    final FakeRestorer restorer = new FakeRestorer();
    public final FakeDisks disks = new FakeDisks();
    final List<CreateCheckpoint.Outcome> announced = new ArrayList<>();
    final List<RecoverGuest.Prospect> prospects = new ArrayList<>();

    public CheckpointWorld(Path directory) {
        this.directory = directory;
        store = new PackedStore(
                new DirectoryBackend(directory.resolve("store")), StoreKey.none(), new java.util.Random(1));
        locks = new GuestLocks(directory.resolve("state"), clock);
        journal = new Journal(directory.resolve("state"), clock);
    }

    Guest web1On(String host) {
        return pool.on(host).addRunning("web1", WEB1.formatted(""));
    }

    Guest web1WithDiskOn(String host) {
        return pool.on(host).addRunning("web1", WEB1.formatted("<disk><target dev='xvda'/></disk>"));
    }

    public CreateCheckpoint.Outcome create() {
        return create(request());
    }

    public CreateCheckpoint.Outcome create(CreateCheckpoint.Request request) {
        return create(request, disks);
    }

    /** The same with disks that are real. */
    public CreateCheckpoint.Outcome create(DiskWish wish, DiskSnapshots snapshots) {
        return create(request(wish), snapshots);
    }

    private CreateCheckpoint.Outcome create(CreateCheckpoint.Request request, DiskSnapshots snapshots) {
        return new CreateCheckpoint(pool.pool(), List.of(live, save), snapshots, store, locks, journal, clock)
                .run(request, announced::add, Progress.NONE);
    }

    CreateCheckpoint.Outcome create(DiskWish disks) {
        return create(request(disks));
    }

    static CreateCheckpoint.Request request() {
        return request(DiskWish.REFERENCE);
    }

    private static CreateCheckpoint.Request request(DiskWish disks) {
        return new CreateCheckpoint.Request(
                "web1",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                disks,
                false,
                Duration.ZERO);
    }

    RestoreCheckpoint.Outcome restore(RestoreCheckpoint.Request request) {
        return restoration().run(request, Progress.NONE);
    }

    RecoverGuest.Outcome recover(RestoreForm... preference) {
        return new RecoverGuest(restoration(), store, clock)
                .run(
                        new RecoverGuest.Request(
                                "web1",
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                List.of(preference),
                                false,
                                Duration.ZERO),
                        prospects::addAll,
                        Progress.NONE);
    }

    private RestoreCheckpoint restoration() {
        return new RestoreCheckpoint(
                pool.pool(),
                observation(PlacementSettings.DEFAULT),
                List.of(restorer),
                disks,
                store,
                locks,
                journal,
                clock);
    }

    public ObservePool observation(PlacementSettings settings) {
        return new ObservePool(settings, new LoadHistoryFile(directory.resolve("state")), clock);
    }

    static RestoreCheckpoint.Request restoring(Optional<String> host, Optional<String> copy, Optional<String> drift) {
        return new RestoreCheckpoint.Request(
                "web1",
                host,
                RestoreForm.MEMORY,
                false,
                copy,
                drift,
                Optional.empty(),
                Optional.empty(),
                false,
                Duration.ZERO);
    }

    SettleUnfinished.Settlement settle() {
        return settle(pool.pool(), store);
    }

    SettleUnfinished.Settlement settle(Pool hosts, CheckpointStore where) {
        return settling(hosts, where).run();
    }

    SettleUnfinished settling(Pool hosts, CheckpointStore where) {
        return new SettleUnfinished(
                hosts, List.of(live, save), List.of(restorer), disks, where, List.of(moves()), journal, clock);
    }

    static final String MOVING = "migrate guest";

    MoveThroughStore moves() {
        return new MoveThroughStore(MOVING, pool.pool(), save, List.of(restorer), store, journal, clock);
    }

    /** Hands over a synthetic image, or whatever it is told to. */
    static final class FakeCapture implements Capture {
        private final Method method;
        final List<Reason> obstacles = new ArrayList<>();
        final List<String> settled = new ArrayList<>();
        final List<String> forgotten = new ArrayList<>();
        byte[] image = SyntheticStream.of(SyntheticStream.Kind.PVH, 64).live(3).bytes();
        boolean leavesGuestSuspended;
        Runnable during = () -> {};
        Runnable atSettle = () -> {};
        Runnable atStandstill = () -> {};
        Runnable after = () -> {};

        FakeCapture(Method method) {
            this.method = method;
        }

        @Override
        public Method method() {
            return method;
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
            if (leavesGuestSuspended) {
                job.journal().note(JournalEntry.UNSETTLED, "yes");
                throw new Failed("guest-suspended", "the guest is suspended", "Cure it.");
            }
            ImageReceiver.Received received = job.receiver().receive(ImageFormat.LIBXL, arriving(image));
            atStandstill.run();
            job.standstill().run();
            after.run();
            if (job.staysStopped()) {
                job.journal().note(JournalEntry.UNSETTLED, "yes");
                ((FakePool.FakeHost) job.host()).set(job.guest().uuid(), GuestState.SHUT_OFF);
            }
            return new Captured(
                    job.definition().xml(),
                    Instant.now(),
                    received.imageBytes(),
                    Duration.ofMillis(120),
                    Duration.ofMillis(40),
                    List.of());
        }

        @Override
        public void forget(JournalEntry entry, Hypervisor host) {
            forgotten.add(entry.id());
        }

        @Override
        public List<String> settle(JournalEntry entry, Hypervisor host) {
            atSettle.run();
            settled.add(entry.id());
            return List.of("the guest was made sure of");
        }
    }

    private static ArrivingImage arriving(byte[] image) {
        InputStream bytes = new ByteArrayInputStream(image);
        return new ArrivingImage() {
            @Override
            public InputStream bytes() {
                return bytes;
            }

            @Override
            public long arrivalNanos() {
                return System.nanoTime();
            }
        };
    }

    /** Reads the whole image, and adds the guest to the target. */
    static final class FakeRestorer implements Restorer {
        int imageBytes;
        boolean persistent;
        Runnable before = () -> {};

        @Override
        public ImageFormat format() {
            return ImageFormat.LIBXL;
        }

        @Override
        public List<Reason> obstacles(RestoreJob job) {
            return List.of();
        }

        @Override
        public Guest restore(RestoreJob job) {
            persistent = job.persistent();
            before.run();
            try (InputStream image = job.image().get()) {
                imageBytes = image.readAllBytes().length;
            } catch (DamagedImage e) {
                throw new Damaged("image-damaged", String.valueOf(e.getMessage()), "", e);
            } catch (IOException e) {
                throw new Failed("image-not-sent", "the image was not sent: " + e.getMessage(), "", e);
            }
            FakePool.FakeHost target = (FakePool.FakeHost) job.target();
            Definition definition = job.definition();
            target.remove(definition.uuid());
            Guest guest = target.addRunning(definition.name(), definition.xml());
            if (job.paused()) {
                target.set(guest.uuid(), GuestState.PAUSED);
            }
            return guest;
        }

        @Override
        public List<String> settle(JournalEntry entry, Hypervisor target) {
            return List.of("the half-restored guest was removed");
        }
    }
}
