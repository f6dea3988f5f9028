package org.vfrt.xen.disk;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.disk.SnapshotMark;

/**
 * A state of a disk that a hook keeps. In checkpoints and in the journal it is {@code HOOK:ORIGIN@LABEL}.
 *
 * @param hook the hook's name
 * @param origin what the hook calls the disk
 * @param label whose and of when: a checkpoint's id, or {@code kept-} and the moment of a restore, and then the store and the guest, with dots between
 */
record HookState(String hook, String origin, String label) {

    private static final String KEPT = "kept-";

    static HookState taken(String reference, SnapshotMark mark) {
        return of(reference, mark.checkpoint() + owner(mark));
    }

    /** What was there before a restore. */
    static HookState kept(String reference, SnapshotMark mark, String moment) {
        return of(reference, KEPT + moment + owner(mark));
    }

    /** @param reference of the disk: {@code HOOK:ORIGIN} */
    private static HookState of(String reference, String label) {
        int hook = reference.indexOf(':');
        return new HookState(reference.substring(0, hook), reference.substring(hook + 1), label);
    }

    /** The other way round. No label has an '@' in it. */
    static HookState parse(String text) {
        int label = text.lastIndexOf('@');
        return of(text.substring(0, label), text.substring(label + 1));
    }

    String reference() {
        return originReference() + "@" + label;
    }

    String originReference() {
        return hook + ":" + origin;
    }

    /** Returns what it is to whoever collects garbage; empty when vfrt has made no such label. */
    Optional<FoundSnapshot> found() {
        String[] parts = label.split("\\.", -1);
        boolean kept = label.startsWith(KEPT);
        String moment = kept ? parts[0].substring(KEPT.length()) : parts[0];
        if (parts.length != 3 || !CheckpointId.matches(moment)) {
            return Optional.empty();
        }
        try {
            SnapshotMark mark = new SnapshotMark(UUID.fromString(parts[1]), moment, UUID.fromString(parts[2]));
            Optional<Instant> since = kept ? new CheckpointId(moment).begun() : Optional.empty();
            return kept && since.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new FoundSnapshot(Engine.EXTERNAL, reference(), mark, since));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String owner(SnapshotMark mark) {
        return "." + mark.store() + "." + mark.guest();
    }
}
