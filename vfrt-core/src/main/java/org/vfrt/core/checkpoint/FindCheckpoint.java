package org.vfrt.core.checkpoint;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.NotFound;

/** Finds the checkpoint that a person means. */
public final class FindCheckpoint {

    /** By the moment the image shows; ids say when the work on it began. */
    public static final Comparator<Manifest> OLDEST_FIRST =
            Comparator.comparing(Manifest::instant).thenComparing(Manifest::id);

    /** Shorter parts are slips: 'c' or '3' would soon match the only checkpoint there is. */
    private static final Pattern PART_OF_ID = Pattern.compile("[0-9TZa-f-]{4,}");

    private final CheckpointStore store;

    public FindCheckpoint(CheckpointStore store) {
        this.store = store;
    }

    /**
     * Returns the newest checkpoint of the guest with this name or UUID, or else the one with this id, or whose id alone begins
     * or ends so; such a part has at least 4 characters.
     *
     * @throws NotFound when there is none
     * @throws BadInput when several ids begin or end so, or nothing was said
     * @throws org.vfrt.core.failure.Damaged when its manifest cannot be read
     */
    public Manifest run(String what) {
        return find(what, manifest -> true);
    }

    /**
     * Returns what {@link #run} does, but of a guest's checkpoints the newest that was neither found damaged nor taken later than now, by a
     * clock that was wrong; if there is such a one. For whoever needs one that can be restored.
     */
    public Manifest usable(String what, Instant now) {
        Set<CheckpointId> damaged = store.damaged().keySet();
        return find(what, manifest -> counts(manifest, damaged, now));
    }

    /** Returns whether a checkpoint counts for a guest's newest. */
    static boolean counts(Manifest manifest, Set<CheckpointId> damaged, Instant now) {
        return !damaged.contains(manifest.id()) && !manifest.instant().isAfter(now);
    }

    private Manifest find(String what, Predicate<Manifest> counts) {
        if (what.isBlank()) {
            throw new BadInput(
                    "no-checkpoint-named",
                    "'" + what + "' is neither a guest nor a checkpoint",
                    "List the checkpoints with 'vfrt checkpoint list'.");
        }
        CheckpointStore.Listing listing = store.listing();
        return listing.manifests().stream()
                .filter(manifest -> ofGuest(manifest, what))
                .max(Comparator.comparing(counts::test).thenComparing(OLDEST_FIRST))
                .orElseGet(() -> byId(what, listing));
    }

    /**
     * Returns what a person should know who named a guest and meant its newest checkpoint: that a newer one may be among those
     * that cannot be read, or does not count. Empty for a checkpoint that was named by its id.
     */
    public List<String> leftOut(Manifest found, String what, Instant now) {
        if (!ofGuest(found, what)) {
            return List.of();
        }
        CheckpointStore.Listing listing = store.listing();
        Map<CheckpointId, Instant> damaged = store.damaged();
        Stream<String> unreadable =
                listing.unreadable().stream().map(name -> "checkpoint '" + name + "' cannot be read and was left out");
        Stream<String> newer = listing.manifests().stream()
                .filter(manifest -> ofGuest(manifest, what) && OLDEST_FIRST.compare(manifest, found) > 0)
                .filter(manifest -> !counts(manifest, damaged.keySet(), now))
                .map(manifest -> "checkpoint '" + manifest.id() + "' is newer, was "
                        + (damaged.containsKey(manifest.id())
                                ? "found damaged at " + damaged.get(manifest.id())
                                : "taken later than now by its clock")
                        + ", and was left out");
        return Stream.concat(unreadable, newer).toList();
    }

    private Manifest byId(String what, CheckpointStore.Listing listing) {
        List<Manifest> matching = listing.manifests().stream()
                .filter(manifest -> PART_OF_ID.matcher(what).matches())
                .filter(manifest -> manifest.id().text().startsWith(what)
                        || manifest.id().text().endsWith(what))
                .toList();
        if (matching.size() > 1) {
            throw new BadInput(
                    "ambiguous-checkpoint-id",
                    matching.size() + " checkpoints match '" + what + "'",
                    "Give more of the id.");
        }
        if (matching.isEmpty() && listing.unreadable().contains(what)) {
            return store.manifest(new CheckpointId(what));
        }
        if (matching.isEmpty()) {
            throw new NotFound(
                    "no-such-checkpoint",
                    "there is no checkpoint '" + what + "', and none of a guest of that name",
                    "List them with 'vfrt checkpoint list'; of an id say at least 4 characters.");
        }
        return matching.get(0);
    }

    private static boolean ofGuest(Manifest manifest, String what) {
        return manifest.guestName().equals(what)
                || manifest.guestUuid().toString().equals(what);
    }
}
