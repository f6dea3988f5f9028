package org.vfrt.core.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.CopyCheckpoint;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;

/**
 * Copies into one store what it lacks of another, oldest first, so that each finds there what it is a difference to. May be
 * interrupted anywhere: what was copied stays, and the next copy goes on behind it.
 */
public final class CopyStore {

    /** Codes whose hint speaks of the configuration, which is about the other store. */
    private static final Set<String> KEY_TROUBLES = Set.of("store-key-missing", "wrong-store-key");

    private final PackedStore from;
    private final PackedStore to;

    private final boolean inClear;

    /** @param inClear whether what is encrypted may be copied to where no store is yet, into one that is not */
    public CopyStore(PackedStore from, PackedStore to, boolean inClear) {
        this.from = from;
        this.to = to;
        this.inClear = inClear;
    }

    /**
     * What was done, or on a dry run would be done.
     *
     * @param copied in this order
     * @param there how many were there already
     * @param skipped those that were deleted in the other store, where something of them is left that others need
     * @param failures those that could not be copied, one each
     */
    public record Outcome(List<Manifest> copied, int there, List<String> skipped, List<Failure> failures) {}

    /**
     * Copies.
     *
     * @param progress hears of each checkpoint's copy
     * @throws BadInput when both are the same store
     * @throws Busy when another copy into the same store runs
     */
    public Outcome run(boolean dryRun, Progress progress) {
        try {
            if (from.backend().isSameAs(to.backend())) {
                throw new BadInput(
                        "same-store", "'" + to.location() + "' is the store that would be copied", "Name another one.");
            }
            if (from.backend().overlaps(to.backend())) {
                throw new BadInput(
                        "store-in-store",
                        "of '" + to.location() + "' and '" + from.location() + "' one is inside the other",
                        "Name a directory beside the store, best on another disk.");
            }
            // Before anything is made in the other one.
            from.unlock();
            refuseToOpenUp();
            if (dryRun) {
                return copy(true, progress);
            }
            to.notWritable().ifPresent(reason -> {
                throw new Refused(
                        reason.code(),
                        reason.text(),
                        KEY_TROUBLES.contains(reason.code())
                                ? "Say '--to-key-file PATH' with the key of that store."
                                : reason.hint());
            });
            to.backend().found();
            return to.backend()
                    .lock(Backend.Lock.COPYING)
                    .tryHolding(() -> copy(false, progress))
                    .orElseThrow(() -> new Busy(
                            "store-being-filled",
                            "another copy into the store '" + to.location() + "' runs",
                            "Wait for it to end."));
        } catch (IOException e) {
            throw to.backend().trouble(e);
        }
    }

    /** A slip in the name of an encrypted store must not put guests' memory somewhere in clear. */
    private void refuseToOpenUp() throws IOException {
        if (!inClear
                && from.encrypts()
                && new StoreHeadFile(to.backend()).read().isEmpty()) {
            throw new Refused(
                    "copy-in-clear",
                    "the store '" + from.location() + "' is encrypted, and there is none in '" + to.location()
                            + "': the copy would be in clear",
                    "Make an encrypted store there before, with 'vfrt store init --encrypt --store " + to.location()
                            + "'; or say '--in-clear'.");
        }
    }

    private Outcome copy(boolean dryRun, Progress progress) throws IOException {
        CheckpointStore.Listing listing = from.listing();
        Set<String> there = new HashSet<>(to.checkpointNames());
        Set<String> retired = new HashSet<>(to.retiredNames());
        List<Manifest> copied = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        List<Failure> failures = new ArrayList<>();
        int known = 0;
        for (String name : listing.unreadable()) {
            failures.add(new Damaged(
                    "manifest-damaged", "checkpoint '" + name + "' was not copied: its manifest cannot be read", ""));
        }
        for (Manifest manifest :
                listing.manifests().stream().sorted(FindCheckpoint.OLDEST_FIRST).toList()) {
            String name = manifest.id().text();
            if (there.contains(name)) {
                known++;
            } else if (retired.contains(name)) {
                skipped.add(name);
            } else if (dryRun) {
                copied.add(manifest);
            } else {
                one(manifest, progress, failures).ifPresent(copied::add);
            }
        }
        return new Outcome(copied, known, skipped, failures);
    }

    /** Goes on behind a damaged one; what else goes wrong would go wrong with the next one too, and is thrown. */
    private Optional<Manifest> one(Manifest manifest, Progress progress, List<Failure> failures) {
        CheckpointId id = manifest.id();
        // What an interrupted copy left of it. No other copy runs, and no checkpoint is taken under this id.
        to.discard(id);
        try {
            return Optional.of(new CopyCheckpoint(from, to).run(id, progress));
        } catch (NotFound e) {
            // Deleted since the list was read.
            return Optional.empty();
        } catch (Damaged e) {
            if (from.checkpointNames().contains(id.text())) {
                failures.add(e);
            }
            return Optional.empty();
        }
    }
}
