package org.vfrt.core.checkpoint;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vfrt.core.failure.Reason;

/**
 * Brings a guest back in the first of several forms that is open, and says what each of them would lose. Each form is a restore with all of its
 * rules; this only chooses.
 */
public final class RecoverGuest {

    /** What is tried where nobody says otherwise: to lose little first, then to come back at all. */
    public static final List<RestoreForm> PREFERENCE =
            List.of(RestoreForm.MEMORY, RestoreForm.COLD_CURRENT, RestoreForm.COLD_PAIRED);

    private final RestoreCheckpoint restore;
    private final CheckpointStore store;
    private final Clock clock;

    public RecoverGuest(RestoreCheckpoint restore, CheckpointStore store, Clock clock) {
        this.restore = restore;
        this.store = store;
        this.clock = clock;
    }

    /**
     * What is asked for.
     *
     * @param what a guest, for its newest usable checkpoint, or a checkpoint's id
     * @param host where to; empty as with a restore
     * @param sharedDisks as with a restore
     * @param preference the forms that will do, the best first
     * @param dryRun say what would be done, and change nothing
     */
    public record Request(
            String what,
            Optional<String> host,
            Optional<String> sharedDisks,
            Optional<String> goneHost,
            List<RestoreForm> preference,
            boolean dryRun,
            Duration lockWait) {

        public Request {
            preference = List.copyOf(preference);
        }
    }

    /**
     * One form, and what it means.
     *
     * @param age of the checkpoint
     * @param memoryLost whether all that was only in memory is lost
     * @param disksLost how much of what is on the disks is lost: all since so long ago; zero when nothing is
     * @param obstacles why it is not open; empty when it is
     */
    public record Prospect(
            RestoreForm form, Duration age, boolean memoryLost, Duration disksLost, List<Reason> obstacles) {

        public Prospect {
            obstacles = List.copyOf(obstacles);
        }

        /** Returns whether it could be done. */
        public boolean open() {
            return obstacles.isEmpty();
        }
    }

    /**
     * What was done.
     *
     * @param prospects of all forms that were asked for, in their order
     * @param chosen the first that was open
     */
    public record Outcome(
            Manifest manifest, List<Prospect> prospects, RestoreForm chosen, RestoreCheckpoint.Outcome restored) {

        public Outcome {
            prospects = List.copyOf(prospects);
        }
    }

    /**
     * Brings it back.
     *
     * @param announcement hears what each form would lose, before anything is touched
     * @throws org.vfrt.core.failure.Refused with the reasons of every form, when none is open; nothing was touched
     * @throws org.vfrt.core.failure.Failure when the chosen form was tried and did not work. Another is not tried then: what is left behind has to be
     *     looked at first
     */
    public Outcome run(Request request, Consumer<List<Prospect>> announcement, Progress progress) {
        Manifest manifest = new FindCheckpoint(store).usable(request.what(), clock.instant());
        Duration age = Duration.between(manifest.instant(), clock.instant());
        List<Prospect> prospects = new ArrayList<>();
        RestoreCheckpoint.Outcome restored = restore.run(
                restoring(request, manifest),
                request.preference(),
                looked -> {
                    looked.forEach(one -> prospects.add(prospect(manifest, age, one)));
                    announcement.accept(List.copyOf(prospects));
                },
                progress);
        return new Outcome(manifest, prospects, chosen(prospects), restored);
    }

    private static Prospect prospect(Manifest manifest, Duration age, RestoreCheckpoint.Looked looked) {
        RestoreForm form = looked.form();
        boolean disksOfThen = form == RestoreForm.COLD_PAIRED
                || (form == RestoreForm.MEMORY && !manifest.disks().isEmpty());
        return new Prospect(form, age, form.cold(), disksOfThen ? age : Duration.ZERO, looked.obstacles());
    }

    private static RestoreForm chosen(List<Prospect> prospects) {
        return prospects.stream()
                .filter(Prospect::open)
                .map(Prospect::form)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("a guest came back in no form"));
    }

    /** In no particular form. */
    private static RestoreCheckpoint.Request restoring(Request request, Manifest manifest) {
        return new RestoreCheckpoint.Request(
                manifest.id().text(),
                request.host(),
                RestoreForm.MEMORY,
                false,
                Optional.empty(),
                Optional.empty(),
                request.sharedDisks(),
                request.goneHost(),
                request.dryRun(),
                request.lockWait());
    }
}
