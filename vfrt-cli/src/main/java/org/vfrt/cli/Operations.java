package org.vfrt.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.ConfirmRestore;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.ExportCheckpoint;
import org.vfrt.core.checkpoint.ExtractFiles;
import org.vfrt.core.checkpoint.ForeseeFailure;
import org.vfrt.core.checkpoint.ImportCheckpoint;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.checkpoint.SweepSnapshots;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.checkpoint.VerifyCheckpoint;
import org.vfrt.core.config.Configuration;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.drill.DrillCheckpoint;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.evidence.CheckFence;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.migrate.CheckMoves;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.migrate.PlanMigrations;
import org.vfrt.core.migrate.RepairGuests;
import org.vfrt.core.migrate.Road;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.policy.PlanDrills;
import org.vfrt.core.policy.PlanRun;
import org.vfrt.core.policy.RecoveryPreference;
import org.vfrt.core.policy.RunPolicy;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Hypervisors;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.retention.PruneCheckpoints;
import org.vfrt.core.standby.HostSetup;
import org.vfrt.core.standby.KeepLeases;
import org.vfrt.core.standby.LiveMigration;
import org.vfrt.core.standby.StandbyWorld;
import org.vfrt.core.store.CheckStore;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.store.CopyStore;
import org.vfrt.core.store.InitStore;
import org.vfrt.core.store.MeasureStore;

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

    /** {@link org.vfrt.core.checkpoint.FindCheckpoint#usable}. */
    Manifest findUsableCheckpoint(String what);

    /** {@link org.vfrt.core.checkpoint.FindCheckpoint#leftOut}. */
    List<String> leftOut(Manifest found, String what);

    /** Has this program take and keep states of disks, beside those that the configuration names. Changes nothing yet. */
    void useDiskHook(Path program);

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

    /**
     * Makes sure that the configuration has a host of this name. Asks none.
     *
     * @throws org.vfrt.core.failure.NotFound when it has none
     */
    void demandHost(String name);

    /** Asks all hosts of the pool what they carry. */
    ObservePool.Observed observePool();

    /** Finds out what would become of the guests if a host or a failure domain died; each domain in turn when none is named. */
    ForeseeFailure.Outcome foreseeFailure(Optional<String> hostOrDomain);

    /** Plans migrations: of all guests of a host, or of some to even out the pool. */
    PlanMigrations.Outcome planMigrations(PoolLoad pool, PlanMigrations.Task task, Road road);

    /** Returns what tells which moves would be refused when their turn comes. */
    Road road(CheckMoves.Terms terms);

    /** Migrates one guest, or on a dry run says where to. The plan is announced before the guest is touched. */
    MigrateGuest.Outcome migrateGuest(
            MigrateGuest.Request request, Consumer<MigrateGuest.Outcome> announcement, Progress progress);

    /** Finds what broken migrations left of guests, and repairs it when asked to. */
    RepairGuests.Report repairGuests(RepairGuests.Request request);

    /** Returns everything that stands in the way of working with a host; empty when it is ready. */
    List<Reason> checkHost(Host host);

    /** What has hosts ask for permits. */
    HostSetup hostSetup();

    /** What the operations of standby work with. */
    StandbyWorld standby();

    /** Returns what keeps the hosts' leases, not yet begun; empty when the configuration has no watchdog. */
    Optional<KeepLeases> leases();

    /** Returns who this controller is, for people: machine and process. */
    String controllerName();

    /** What moves protected guests. */
    LiveMigration liveMigration();

    /** As {@link CheckFence#run}. */
    List<CheckFence.Checked> checkFence(List<String> hosts);

    /** Makes the store; encrypted with the configured key, or with a new one in a new file. */
    InitStore.Outcome initStore(boolean encrypt, Optional<Path> newKeyFile);

    /** Lets another key open the store, and the configured one no more. Where that is a file that is not there, it is made. */
    void changeStoreKey(KeyOrigin next);

    /** Counts what is in the store. */
    MeasureStore.Outcome measureStore();

    /** Looks whether everything in the store is what was written. */
    CheckStore.Outcome checkStore(boolean readData, Progress progress);

    /** Frees what no checkpoint needs any more, or on a dry run says about how much that is. */
    CollectGarbage.Outcome collectGarbage(boolean dryRun, Progress progress);

    /** Copies what another store lacks, or on a dry run says what that is. */
    CopyStore.Outcome copyStore(
            StoreLocation to, Optional<Path> toKeyFile, boolean inClear, boolean dryRun, Progress progress);

    /** {@link RecoveryPreference#of}. */
    RecoveryPreference recoveryPreference(Manifest manifest, List<RestoreForm> asked);

    /** Brings a guest back in the best form that is open, or on a dry run says in which. What each would lose is announced before. */
    RecoverGuest.Outcome recoverGuest(
            RecoverGuest.Request request, Consumer<List<RecoverGuest.Prospect>> announcement, Progress progress);

    /** Brings back single files of a checkpoint's disks, or on a dry run looks whether they are there. */
    ExtractFiles.Outcome extractFiles(ExtractFiles.Request request, Progress progress);

    /** Tries one checkpoint, or on a dry run says where it would be tried. */
    DrillCheckpoint.Outcome drillCheckpoint(
            DrillCheckpoint.Request request, BooleanSupplier interrupted, Progress progress);

    /** Returns how the policy of a checkpoint's guest has its checkpoints tried; empty when it has none. */
    Optional<DrillOrder> drillOrder(Manifest manifest);

    /** Finds the guests whose policies have drills, and which of them are due. */
    PlanDrills.Plan planDrills();

    /**
     * Makes sure that the drills that are due are held by one process only.
     *
     * @throws org.vfrt.core.failure.Busy when another is at it
     */
    GuestLock lockDrills(Duration wait);

    /** Returns what came of drills, oldest first. */
    List<DrillRecord> drills();

    /** Removes snapshots of disks that no checkpoint of the store needs any more, on the hosts that answer. */
    SweepSnapshots.Outcome sweepSnapshots(boolean dryRun);

    /** Removes what restores have kept of a guest's disks, or on a dry run says what that is. It is announced before it goes. */
    ConfirmRestore.Outcome confirmRestore(
            ConfirmRestore.Request request, Consumer<ConfirmRestore.Outcome> announcement);

    /** Returns what restores have kept on a host, of all guests, oldest first. */
    List<FoundSnapshot> keptStates(Hypervisor host);

    /** Writes one checkpoint into a file. */
    ExportCheckpoint.Outcome exportCheckpoint(
            CheckpointId id, Path file, ImageSource.Form form, Optional<Path> definition, Progress progress);

    /** Makes a checkpoint of a file, or on a dry run says what is in it. */
    ImportCheckpoint.Outcome importCheckpoint(
            Path file, Optional<Path> definition, List<Tag> tags, boolean dryRun, Progress progress);
}
