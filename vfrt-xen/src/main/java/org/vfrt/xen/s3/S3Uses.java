package org.vfrt.xen.s3;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Who uses the packs in a bucket, and since when: whatever was there when somebody began is not removed while that use lasts. Whoever
 * begins writes its object first and looks what is there then; whoever collects looks first at what is there and at the objects then. So
 * one of them sees the other.
 */
final class S3Uses {

    /** What somebody does with the packs. */
    enum Kind {
        /** Reads pages. */
        READ,
        /** Makes another pack, which may lead to any of them. */
        CAPTURE
    }

    /** The clocks that are compared are one server's, but may be rounded to the second, and be of several machines behind it. */
    static final Duration SLACK = Duration.ofSeconds(5);

    private static final String PREFIX = "uses/";
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Objects objects;
    private final Processes processes;
    private final Duration term;
    private final Supplier<String> tokens;

    S3Uses(Objects objects, Processes processes, Duration term, Supplier<String> tokens) {
        this.objects = objects;
        this.processes = processes;
        this.term = term;
        this.tokens = tokens;
    }

    /** A use that lasts. */
    record Use(String key, Kind kind, Instant begun) {

        /** Returns whether it was begun before something happened. */
        boolean isOlderThan(Instant moment) {
            return begun.minus(SLACK).isBefore(moment);
        }
    }

    /** Begins a use. */
    Lease begin(Kind kind) {
        String begun = MOMENT.format(objects.now().minus(SLACK));
        LeaseText text = new LeaseText(true, tokens.get(), 0, processes.self());
        String key = PREFIX + begun + "-" + kind.name().toLowerCase(java.util.Locale.ROOT) + "-" + text.token();
        long asked = System.nanoTime();
        String etag = objects.putIfAbsent(key, text.bytes())
                .orElseThrow(() -> new IllegalStateException("a token was drawn twice"));
        return new Lease(objects, key, text, etag, term, asked);
    }

    /** Returns the uses that last. */
    List<Use> lasting() throws IOException {
        List<Use> lasting = new ArrayList<>();
        Objects.Answer<List<Objects.Entry>> all = objects.list(PREFIX);
        for (Objects.Entry entry : all.value()) {
            if (lasts(entry, all.now())) {
                use(entry).ifPresent(lasting::add);
            }
        }
        return lasting;
    }

    /** Removes what dead processes left. */
    void sweep() throws IOException {
        Objects.Answer<List<Objects.Entry>> all = objects.list(PREFIX);
        for (Objects.Entry entry : all.value()) {
            if (!lasts(entry, all.now())) {
                objects.delete(entry.key());
            }
        }
    }

    private boolean lasts(Objects.Entry entry, Instant now) throws IOException {
        if (entry.modified().plus(term).plus(SLACK).isBefore(now)) {
            return false;
        }
        Optional<Objects.Answer<Objects.Small>> there = objects.get(entry.key(), LeaseText.BYTES_MAX);
        return there.isPresent()
                && !processes.isDead(LeaseText.of(there.get().value().content()).owner());
    }

    private static Optional<Use> use(Objects.Entry entry) {
        String[] parts = entry.key().substring(PREFIX.length()).split("-", 3);
        try {
            return Optional.of(new Use(
                    entry.key(),
                    parts.length == 3 && parts[1].equals("read") ? Kind.READ : Kind.CAPTURE,
                    MOMENT.parse(parts[0], Instant::from)));
        } catch (DateTimeException e) {
            // Whoever that is, it may have begun at any time.
            return Optional.of(new Use(entry.key(), Kind.CAPTURE, Instant.MIN.plusSeconds(SLACK.toSeconds())));
        }
    }
}
