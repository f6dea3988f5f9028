package org.vfrt.xen.remus;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.Settler;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.hot.GuestReceiver;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Pool;
import org.vfrt.xen.libvirt.LibvirtHypervisor;

/** Ends what a receiver that died had begun on the guest's host, if the host has not done so by itself. */
public final class SettleReceive implements Settler {

    private final Pool pool;

    public SettleReceive(Pool pool) {
        this.pool = pool;
    }

    @Override
    public String operation() {
        return GuestReceiver.OPERATION;
    }

    @Override
    public Optional<Reason> settle(JournalEntry entry, List<String> sentences) {
        String name = entry.fact(JournalEntry.HOST).orElseThrow();
        UUID guest = UUID.fromString(entry.fact(JournalEntry.GUEST_UUID).orElseThrow());
        try (Hypervisor host = pool.connect(name)) {
            List<String> said =
                    RemusStream.stop(((LibvirtHypervisor) host).shell().orElseThrow(), name, guest);
            sentences.addAll(said.isEmpty() ? List.of("its host had ended it already") : said);
            return Optional.empty();
        }
    }
}
