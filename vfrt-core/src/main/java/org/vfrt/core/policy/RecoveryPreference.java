package org.vfrt.core.policy;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.pool.Definition;

/**
 * In which forms a guest may come back.
 *
 * @param forms the best first, each once; never empty
 * @param policy the policy that says so; empty when it was asked for, or is the usual order
 */
public record RecoveryPreference(List<RestoreForm> forms, Optional<String> policy) {

    public RecoveryPreference {
        forms = List.copyOf(forms);
    }

    /**
     * Returns what was asked for; else what the guest's policy says; else the usual.
     *
     * @param asked empty when nothing was
     * @throws BadInput when several policies mean the guest
     */
    public static RecoveryPreference of(
            List<RestoreForm> asked, Manifest manifest, Policies policies, CheckpointStore store) {
        if (!asked.isEmpty()) {
            return new RecoveryPreference(asked.stream().distinct().toList(), Optional.empty());
        }
        return ofPolicy(manifest, policies, store)
                .filter(policy -> !policy.recover().isEmpty())
                .map(policy -> new RecoveryPreference(policy.recover(), Optional.of(policy.name())))
                .orElseGet(() -> new RecoveryPreference(RecoverGuest.PREFERENCE, Optional.empty()));
    }

    /** The guest is gone, so its labels are those in the checkpoint. */
    private static Optional<Policy> ofPolicy(Manifest manifest, Policies policies, CheckpointStore store) {
        try {
            return policies.of(
                    manifest.guestName(),
                    manifest.guestUuid(),
                    () -> Definition.parse(store.definition(manifest.id())).labels());
        } catch (BadInput e) {
            throw new BadInput(
                    e.code(),
                    String.valueOf(e.getMessage()),
                    e.hint() + " '--form' says here and now in which forms it may come back.");
        }
    }
}
