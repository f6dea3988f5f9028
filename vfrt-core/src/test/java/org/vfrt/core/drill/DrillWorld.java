package org.vfrt.core.drill;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.vfrt.core.checkpoint.CheckpointWorld;
import org.vfrt.core.checkpoint.DamagedImage;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Hypervisors;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.sign.Sign;

/** A guest with a disk on one of two hosts, a checkpoint of it, and a process that can die at any step of a drill. */
final class DrillWorld {

    static final String DISK = "/images/web1.img";

    final CheckpointWorld world;
    final FakeGround ground;
    final DrillRecords records;
    final FakeRestorer restorer = new FakeRestorer();
    final Guest original;
    private final Path state;
    private Duration passed = Duration.ZERO;

    /** What happens each time the drill waits. */
    Runnable meanwhile = () -> {};

    /** At which call into the world the process dies; never when it is 0. */
    int diesAt;

    private int calls;
    private volatile boolean dead;
    private Map<Path, byte[]> journalAtDeath = Map.of();

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
            return Instant.now().plus(passed);
        }
    };

    DrillWorld(Path directory) {
        state = directory.resolve("state");
        world = new CheckpointWorld(directory);
        ground = new FakeGround(
                (host, path) -> world.disks.read(host.host().name(), path).isPresent());
        records = new DrillRecords(state);
        world.pool.on("xen1").lingers(2);
        original = world.pool.on("xen1").addRunning("web1", CheckpointWorldXml.withDisk(DISK));
        world.disks.write("xen1", DISK, "at the start");
    }

    Manifest taken() {
        return world.create().manifest().orElseThrow();
    }

    /** Takes a checkpoint whose disk is nowhere but in the store. */
    Manifest takenIntoStore() {
        Manifest manifest =
                world.create(DiskWish.CONTENT, world.disks).manifest().orElseThrow();
        world.disks.lose("xen1", manifest.disks().get(0).snapshot());
        return manifest;
    }

    void pass(Duration time) {
        passed = passed.plus(time);
    }

    static DrillOrder order(Sign sign, DrillNetwork network) {
        return new DrillOrder(Duration.ofDays(7), sign, Duration.ofSeconds(30), network);
    }

    static DrillCheckpoint.Request request(DrillOrder order) {
        return new DrillCheckpoint.Request("web1", Optional.empty(), Optional.empty(), order, false, Duration.ZERO);
    }

    DrillCheckpoint.Outcome drill() {
        return drill(request(order(new Sign.Console("login"), DrillNetwork.PRIVATE)));
    }

    DrillCheckpoint.Outcome drill(DrillCheckpoint.Request request) {
        return drill(request, () -> false);
    }

    DrillCheckpoint.Outcome drill(DrillCheckpoint.Request request, BooleanSupplier interrupted) {
        Pool pool = pool();
        DiskSnapshots disks = dying(DiskSnapshots.class, world.disks);
        return new DrillCheckpoint(
                        pool,
                        new RestoreCheckpoint(
                                pool,
                                world.observation(PlacementSettings.DEFAULT),
                                List.of(dying(Restorer.class, restorer)),
                                disks,
                                world.store,
                                world.locks,
                                world.journal,
                                clock),
                        disks,
                        dying(DrillGround.class, ground),
                        records,
                        world.store,
                        world.locks,
                        world.journal,
                        clock,
                        time -> {
                            pass(time);
                            meanwhile.run();
                        })
                .run(request, interrupted, Progress.NONE);
    }

    /** What the next command does first. */
    SettleUnfinished.Settlement settle() {
        return new SettleUnfinished(
                        world.pool.pool(),
                        List.of(),
                        List.of(restorer),
                        world.disks,
                        world.store,
                        List.of(new SettleDrill(
                                world.pool.pool(), world.disks, ground, records, world.journal, this::pass)),
                        world.journal,
                        world.clock)
                .run();
    }

    /** Returns everything that there is of a drill, anywhere. */
    List<String> left() {
        List<String> left = new ArrayList<>(ground.networks());
        for (String host : List.of("xen1", "xen2")) {
            world.pool.on(host).guests().stream()
                    .filter(guest -> !guest.uuid().equals(original.uuid()))
                    .forEach(guest -> left.add(guest.name()));
            world.disks.all(host).stream()
                    .filter(name -> name.startsWith("/copies/") || name.contains("@brought-"))
                    .forEach(left::add);
        }
        world.journal.pending().forEach(entry -> left.add(entry.id()));
        if (ground.watching != 0) {
            left.add("a watch");
        }
        return left;
    }

    // --- a process that dies -------------------------------------------------------------------------------------

    /** Not of vfrt's family: nobody catches it. */
    static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Dies in the middle of the drill, and leaves the journal as it was at that moment, whatever the dying process still did. */
    boolean diesAt(int call) {
        diesAt = call;
        calls = 0;
        dead = false;
        try {
            drill();
            return false;
        } catch (Death e) {
            ground.watching = 0;
            journalBack();
            return true;
        } finally {
            diesAt = 0;
            dead = false;
        }
    }

    /** Hosts are asked by several threads, and all of them die at the same moment. */
    private synchronized void step() {
        if (dead) {
            throw new Death();
        }
        calls++;
        if (calls == diesAt) {
            dead = true;
            journalAtDeath = journalFiles();
            throw new Death();
        }
    }

    private Map<Path, byte[]> journalFiles() {
        Map<Path, byte[]> files = new HashMap<>();
        Path journal = state.resolve("journal");
        if (Files.isDirectory(journal)) {
            try (var names = Files.list(journal)) {
                for (Path file : names.toList()) {
                    files.put(file, Files.readAllBytes(file));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    private void journalBack() {
        try {
            for (Path file : journalFiles().keySet()) {
                Files.delete(file);
            }
            for (Map.Entry<Path, byte[]> file : journalAtDeath.entrySet()) {
                Files.write(file.getKey(), file.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Pool pool() {
        Hypervisors dying = host -> dying(Hypervisor.class, world.pool.connect(host));
        return new Pool(world.pool.pool().hosts(), dying);
    }

    /** Before each call and after it the process may die: so with what was asked for done, or not. */
    private <T> T dying(Class<T> port, T real) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class
                            || method.getName().equals("host")) {
                        return method.invoke(real, arguments);
                    }
                    step();
                    try {
                        Object answer = method.invoke(real, unwrapped(arguments));
                        step();
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private static Object[] unwrapped(Object[] arguments) {
        return arguments;
    }

    /** Brings the memory back in two steps, as a migration does: there and paused, then let run. */
    final class FakeRestorer implements Restorer {

        Runnable before = () -> {};
        UnaryOperator<GuestState> after = state -> state;
        Optional<Definition> restored = Optional.empty();
        boolean persistent = true;

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
            before.run();
            restored = Optional.of(job.definition());
            persistent = job.persistent();
            try (InputStream image = job.image().get()) {
                image.readAllBytes();
            } catch (DamagedImage e) {
                throw new Damaged("image-damaged", String.valueOf(e.getMessage()), "", e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            FakePool.FakeHost target = world.pool.on(job.target().host().name());
            job.journal().note(JournalEntry.UNSETTLED, JournalEntry.YES);
            Definition definition = job.definition();
            target.add(guest(definition, GuestState.PAUSED, Duration.ZERO), definition.xml());
            if (diesAt != 0) {
                step();
            }
            Guest guest = target.add(
                    guest(definition, after.apply(GuestState.RUNNING), Duration.ofMillis(20)), definition.xml());
            if (diesAt != 0) {
                step();
            }
            if (!guest.state().active()) {
                target.remove(guest.uuid());
            }
            job.journal().note(JournalEntry.UNSETTLED, "no");
            return guest;
        }

        private Guest guest(Definition definition, GuestState state, Duration cpuTime) {
            return new Guest(
                    definition.name(), definition.uuid(), 9, state, cpuTime, definition.memoryBytes(), 1, false);
        }

        @Override
        public List<String> settle(JournalEntry entry, Hypervisor target) {
            UUID uuid = UUID.fromString(entry.fact(JournalEntry.GUEST_UUID).orElseThrow());
            target.guest(uuid).filter(Guest::neverRan).ifPresent(guest -> {
                target.destroy(uuid);
            });
            return List.of("a half-restored guest was looked for");
        }
    }
}
