package org.vfrt.core.hot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.checkpoint.Settler;
import org.vfrt.core.claim.Place;
import org.vfrt.core.epoch.ReceiveEpochs;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.process.Ticker;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.Activator;
import org.vfrt.core.standby.DemandPermit;
import org.vfrt.core.standby.GivenPermits;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.Tier;

/** Hosts xen1 to xen3, and web1, whose epochs were received; what starts it is noted, and its image is read to its end. */
final class HotWorld {

    static final UUID WEB1 = UUID.fromString("5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10");
    static final Instant RECEIVED = Instant.parse("2026-11-30T12:00:00Z");
    static final SyntheticStream STREAM =
            SyntheticStream.of(SyntheticStream.Kind.PVH, 300).remus(3);
    static final String DEFINITION = "<domain type='xen'><name>web1</name><uuid>" + WEB1
            + "</uuid><memory unit='KiB'>1200</memory><vcpu>1</vcpu><os><type>xenpvh</type></os></domain>";

    final FakePool pool = new FakePool("xen1", "xen2", "xen3");
    final List<Restorer.RestoreJob> jobs = new ArrayList<>();
    final List<byte[]> images = new ArrayList<>();
    final List<Activator.Start> others = new ArrayList<>();
    final List<String> settledReceptions = new ArrayList<>();
    final List<String> settledStarts = new ArrayList<>();
    final GivenPermits permits = new GivenPermits(WEB1);
    Optional<Instant> checkpoint = Optional.empty();
    boolean startsFail;
    boolean doubtful;
    private final Path directory;

    HotWorld(Path directory) {
        this.directory = directory;
    }

    EpochPlaces places() {
        return new EpochPlaces(directory.resolve("epochs"));
    }

    Path epochs() {
        return places().of(WEB1);
    }

    Journal journal() {
        return new Journal(directory.resolve("state"), at(RECEIVED));
    }

    GuestLocks locks() {
        return new GuestLocks(directory.resolve("state"), at(RECEIVED));
    }

    static Clock at(Instant instant) {
        return Clock.fixed(instant, ZoneOffset.UTC);
    }

    static final Ticker TICKER = new Ticker() {
        @Override
        public Duration elapsed() {
            return Duration.ofNanos(System.nanoTime());
        }

        @Override
        public void sleep(Duration time) throws InterruptedException {
            Thread.sleep(time.toMillis());
        }
    };

    static Protection protection(Tier tier) {
        return new Protection(
                WEB1,
                "web1",
                tier,
                "xen1",
                Optional.of("xen2"),
                false,
                Duration.ofSeconds(1),
                0,
                List.of(),
                RecoverGuest.PREFERENCE,
                Sign.usual(),
                false);
    }

    Activator.Start startOn(String host, long epoch) {
        return new Activator.Start(
                WEB1, "web1", new Place(host, "boot"), epoch, Optional.of("xen1"), RecoverGuest.PREFERENCE);
    }

    void received() {
        received(DEFINITION);
    }

    void received(String definition) {
        new ReceiveEpochs(epochs(), at(RECEIVED))
                .run(
                        STREAM.open(),
                        new ReceiveEpochs.Origin(definition, STREAM.memoryBytes(), Duration.ofSeconds(1)),
                        epoch -> {});
    }

    private final class Otherwise implements Activator {

        @Override
        public Way start(Start start, Consumer<List<Way>> announcement) {
            others.add(start);
            return new Way("memory", Duration.ofMinutes(5), List.of());
        }

        @Override
        public void settle(Start start) {}
    }

    /** A second and a half after the last epoch. */
    HotActivator activator() {
        return new HotActivator(
                new Otherwise(),
                start -> checkpoint,
                places(),
                pool.pool(),
                new DemandPermit(permits),
                restorer,
                new Settler() {
                    @Override
                    public String operation() {
                        return GuestReceiver.OPERATION;
                    }

                    @Override
                    public Optional<Reason> settle(JournalEntry entry, List<String> sentences) {
                        settledReceptions.add(entry.fact(JournalEntry.HOST).orElseThrow());
                        return Optional.empty();
                    }
                },
                locks(),
                journal(),
                at(RECEIVED.plusMillis(1500)),
                TICKER);
    }

    private final Restorer restorer = new Restorer() {
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
            jobs.add(job);
            if (doubtful) {
                job.journal().note(JournalEntry.UNSETTLED, JournalEntry.YES);
            }
            if (startsFail) {
                throw new Failed("restore-failed", "it does not start", "");
            }
            try (InputStream image = job.image().get()) {
                images.add(image.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new Guest("web1", WEB1, 9, GuestState.RUNNING, Duration.ofSeconds(1), 1 << 20, 1, true);
        }

        @Override
        public List<String> settle(JournalEntry entry, Hypervisor target) {
            settledStarts.add(target.host().name());
            return List.of();
        }
    };

    /** Permits of web1, by host. */
    /** A receiver that takes the guest's lock and goes on until it is told to end; what it was told is noted. */
    final class Receiver implements GuestReceiver {

        final List<Request> begun = new ArrayList<>();
        final List<String> told = new ArrayList<>();
        private final Object change = new Object();
        private boolean over;
        Optional<Outcome> breaks = Optional.empty();

        @Override
        public List<Reason> obstacles(Request request) {
            return List.of(new Reason("no-remus", "host '" + request.host() + "' has no Remus", ""));
        }

        @Override
        public Outcome run(Request request, Consumer<org.vfrt.core.epoch.Epoch> heard) {
            try (var lock = locks().take(WEB1, "web1", OPERATION, Duration.ZERO)) {
                begun.add(request);
                journal().begin(OPERATION, lock, "web1", request.host());
                received();
                org.vfrt.core.epoch.EpochStatus.of(request.into()).last().ifPresent(heard);
                synchronized (change) {
                    while (!over && breaks.isEmpty()) {
                        change.wait();
                    }
                }
                return breaks.orElseGet(
                        () -> new Outcome("web1", request.host(), Optional.empty(), "it was ended", List.of()));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void end(String how) {
            synchronized (change) {
                told.add(how);
                over = true;
                change.notifyAll();
            }
        }

        void breakOff(Outcome outcome) {
            synchronized (change) {
                breaks = Optional.of(outcome);
                change.notifyAll();
            }
        }

        @Override
        public void stop() {
            end("stop");
        }

        @Override
        public void abandon() {
            end("abandon");
        }
    }
}
