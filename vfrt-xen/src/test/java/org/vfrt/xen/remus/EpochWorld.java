package org.vfrt.xen.remus;

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
import java.util.UUID;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.epoch.ReceiveEpochs;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.image.SyntheticStream;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Hypervisor;

/** A guest whose epochs were received, and a restorer that takes what it is given and reads the image to its end. */
final class EpochWorld {

    static final UUID WEB1 = UUID.fromString("5fb1c34d-0a31-4b5c-8f0b-0d6f9d9f8a10");
    static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-30T12:00:00Z"), ZoneOffset.UTC);
    static final SyntheticStream STREAM =
            SyntheticStream.of(SyntheticStream.Kind.PVH, 300).remus(3);
    static final String DEFINITION = "<domain type='xen'><name>web1</name><uuid>" + WEB1
            + "</uuid><memory unit='KiB'>1200</memory><vcpu>1</vcpu><os><type>xenpvh</type></os></domain>";

    final List<Restorer.RestoreJob> jobs = new ArrayList<>();
    final List<byte[]> images = new ArrayList<>();
    final List<Reason> obstacles = new ArrayList<>();
    private final Path directory;

    EpochWorld(Path directory) {
        this.directory = directory;
    }

    Path epochs() {
        return directory.resolve("epochs");
    }

    Path state() {
        return directory.resolve("state");
    }

    final Restorer restorer = new Restorer() {
        @Override
        public ImageFormat format() {
            return ImageFormat.LIBXL;
        }

        @Override
        public List<Reason> obstacles(RestoreJob job) {
            return obstacles;
        }

        @Override
        public Guest restore(RestoreJob job) {
            jobs.add(job);
            try (InputStream image = job.image().get()) {
                images.add(image.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new Guest(
                    job.definition().name(),
                    job.definition().uuid(),
                    9,
                    GuestState.RUNNING,
                    Duration.ofSeconds(1),
                    1 << 20,
                    1,
                    job.persistent());
        }

        @Override
        public List<String> settle(JournalEntry entry, Hypervisor target) {
            return List.of();
        }
    };

    void received() {
        received(DEFINITION);
    }

    void received(String definition) {
        new ReceiveEpochs(epochs(), CLOCK)
                .run(
                        STREAM.open(),
                        new ReceiveEpochs.Origin(definition, STREAM.memoryBytes(), Duration.ofSeconds(1)),
                        epoch -> {});
    }
}
