package org.vfrt.core.hot;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.checkpoint.Settler;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;

/** Settles the start of a guest from its epoch whose process died: a copy that was never let run is removed. Who may start it is said by its claim, and not here. */
public final class SettleActivation implements Settler {

    private final Pool pool;
    private final Restorer restorer;

    /** @param restorer of images of Xen */
    public SettleActivation(Pool pool, Restorer restorer) {
        this.pool = pool;
        this.restorer = restorer;
    }

    @Override
    public String operation() {
        return HotActivator.OPERATION;
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, List<String> sentences) {
        try (Hypervisor host = pool.connect(entry.fact(JournalEntry.HOST).orElseThrow())) {
            sentences.addAll(restorer.settle(entry, host));
            return Optional.empty();
        }
    }
}
