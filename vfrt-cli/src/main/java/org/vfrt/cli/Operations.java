package org.vfrt.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.checkpoint.VerifyCheckpoint;
import org.vfrt.core.config.Configuration;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.policy.PlanRun;
import org.vfrt.core.policy.RunPolicy;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisors;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.retention.PruneCheckpoints;

/** What the commands call. Every method throws {@link org.vfrt.core.failure.Failure}. */
interface Operations {

    /** Reads the configuration, once. */
    Configuration configuration();

    /** Returns the store. */
    CheckpointStore store();

    /** Returns what connects to hosts. */
    Hypervisors hypervisors();

    /** Finishes or undoes what commands that died were in the middle of, and says what was found and done. */
    SettleUnfinished.Settlement settleUnfinished();

    /** Finds the checkpoint that an id, the beginning of one, or a guest's name means. */
    Manifest findCheckpoint(String what);

    /** Takes one checkpoint, or on a dry run says how it would be taken. The plan is announced before the guest is touched. */
    CreateCheckpoint.Outcome createCheckpoint(
            CreateCheckpoint.Request request, Consumer<CreateCheckpoint.Outcome> announcement, Progress progress);

    /** Restores one checkpoint, or on a dry run says where to. */
    RestoreCheckpoint.Outcome restoreCheckpoint(RestoreCheckpoint.Request request, Progress progress);

    /** Reads one checkpoint to its last byte. */
    VerifyCheckpoint.Outcome verifyCheckpoint(CheckpointId id, Progress progress);

    /** Removes one checkpoint. */
    Optional<Manifest> deleteCheckpoint(CheckpointId id, boolean evenTheLast);

    /** {@link org.vfrt.core.checkpoint.DeleteCheckpoint#check}. */
    Optional<Manifest> checkDeletion(CheckpointId id, boolean evenTheLast, Set<CheckpointId> gone);

    /** Removes what the rules do not keep of one guest's checkpoints, or on a dry run says what would go. */
    PruneCheckpoints.Outcome prune(UUID guest, String guestName, KeepRules rules, boolean dryRun, Duration lockWait);

    /** Finds what the policies of the configuration, or the one of this name, have to do. */
    PlanRun.Plan planRun(Optional<String> policyName);

    /** Does for one guest what its policy says. The plan is announced before the guest is touched. */
    RunPolicy.Outcome runPolicy(
            PlanRun.Planned planned,
            boolean dryRun,
            Consumer<CreateCheckpoint.Outcome> announcement,
            Progress progress);

    /** Returns everything that stands in the way of working with a host; empty when it is ready. */
    List<Reason> checkHost(Host host);
}
