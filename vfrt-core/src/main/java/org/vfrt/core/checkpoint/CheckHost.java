package org.vfrt.core.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;

/** Finds everything that stands in the way of checkpoints and migrations on a host, before a guest is touched. */
public final class CheckHost {

    /** A store with less room than this takes no guest worth a checkpoint. */
    private static final long STORE_BYTES_MIN = 128L << 20;

    private final Pool pool;
    private final List<Capture> captures;
    private final Function<Hypervisor, List<Reason>> migrations;
    private final CheckpointStore store;
    private final Journal journal;

    /** @param migrations says what is in the way of migrations from or to a Xen host, whichever guest */
    public CheckHost(
            Pool pool,
            List<Capture> captures,
            Function<Hypervisor, List<Reason>> migrations,
            CheckpointStore store,
            Journal journal) {
        this.pool = pool;
        this.captures = List.copyOf(captures);
        this.migrations = migrations;
        this.store = store;
        this.journal = journal;
    }

    /**
     * Asks the host, the store and the state directory. Changes nothing.
     *
     * @return every problem at once, empty when there is none
     * @throws org.vfrt.core.failure.Failure when the host cannot be asked
     */
    public List<Reason> run(String hostName) {
        LinkedHashSet<Reason> reasons = new LinkedHashSet<>();
        try (Hypervisor host = pool.connect(hostName)) {
            boolean xen = host.facts().xen();
            captures.stream()
                    // That the test driver cannot migrate is how it is, and nothing to mend.
                    .filter(capture -> xen || capture.method() != Method.LIVE)
                    .forEach(capture -> reasons.addAll(capture.obstacles(host)));
            if (xen) {
                reasons.addAll(migrations.apply(host));
            }
        }
        journal.notWritable().ifPresent(reasons::add);
        store.notWritable().ifPresent(reasons::add);
        if (store.freeBytes() < STORE_BYTES_MIN) {
            reasons.add(new Reason(
                    "store-too-full",
                    "the store has " + (store.freeBytes() >> 20) + " MiB free, and " + (STORE_BYTES_MIN >> 20)
                            + " MiB are needed for any guest worth a checkpoint",
                    "Make room with 'vfrt checkpoint delete', or choose another store."));
        }
        return new ArrayList<>(reasons);
    }
}
