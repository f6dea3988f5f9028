package org.vfrt.core.checkpoint;

import java.time.Clock;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;

/** Notes that a checkpoint turned out to be damaged, so that nobody builds on it, and whoever asks for its guest gets another. */
final class NoteDamage {

    private final CheckpointStore store;
    private final Clock clock;

    NoteDamage(CheckpointStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Notes it. That it cannot be noted makes the damage no smaller, and is added to it.
     *
     * @throws Failure when the store as a whole cannot be read, in the place of the damage: nothing is known of the checkpoint then
     */
    void run(CheckpointId id, Damaged damage) {
        try {
            store.unlock();
        } catch (Failure e) {
            e.addSuppressed(damage);
            throw e;
        }
        try {
            store.noteDamaged(id, clock.instant());
        } catch (Failure e) {
            damage.addSuppressed(e);
        }
    }
}
