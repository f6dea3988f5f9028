package org.vfrt.cli;

import java.util.List;
import java.util.Optional;
import java.util.Set;
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
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisors;

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

    /** Returns everything that stands in the way of working with a host; empty when it is ready. */
    List<Reason> checkHost(Host host);
}
