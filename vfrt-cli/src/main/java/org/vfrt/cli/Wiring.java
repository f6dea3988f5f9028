package org.vfrt.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.checkpoint.Capture;
import org.vfrt.core.checkpoint.CheckHost;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.ConfirmRestore;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.DeleteCheckpoint;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.ExportCheckpoint;
import org.vfrt.core.checkpoint.ExtractFiles;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.ForeseeFailure;
import org.vfrt.core.checkpoint.ImportCheckpoint;
import org.vfrt.core.checkpoint.KeptStates;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.MoveThroughStore;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Restorer;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.checkpoint.SweepSnapshots;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.checkpoint.VerifyCheckpoint;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.DirectoryRegister;
import org.vfrt.core.claim.Register;
import org.vfrt.core.config.Configuration;
import org.vfrt.core.config.ConfigurationReader;
import org.vfrt.core.config.RegisterPlace;
import org.vfrt.core.config.S3Settings;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.drill.DrillCheckpoint;
import org.vfrt.core.drill.DrillGround;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.drill.DrillRecords;
import org.vfrt.core.drill.DrillsAlone;
import org.vfrt.core.drill.SettleDrill;
import org.vfrt.core.drill.Sleeper;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.evidence.CheckFence;
import org.vfrt.core.evidence.EvidenceRecords;
import org.vfrt.core.evidence.ProveDeath;
import org.vfrt.core.evidence.Watch;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.hot.EpochPlaces;
import org.vfrt.core.hot.HotActivator;
import org.vfrt.core.hot.HotCopies;
import org.vfrt.core.hot.SettleActivation;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.image.SaveFile;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.journal.GuestLocks;
import org.vfrt.core.journal.Journal;
import org.vfrt.core.key.AccessKey;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.key.MakeKeyFile;
import org.vfrt.core.key.ReadKey;
import org.vfrt.core.key.ReadSecret;
import org.vfrt.core.migrate.CheckMoves;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.migrate.MigrationHistoryFile;
import org.vfrt.core.migrate.Migrator;
import org.vfrt.core.migrate.PlanMigrations;
import org.vfrt.core.migrate.RepairGuests;
import org.vfrt.core.migrate.Road;
import org.vfrt.core.migrate.SettleMigration;
import org.vfrt.core.placement.LoadHistoryFile;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.policy.PlanDrills;
import org.vfrt.core.policy.PlanRun;
import org.vfrt.core.policy.Policies;
import org.vfrt.core.policy.Policy;
import org.vfrt.core.policy.RecoveryPreference;
import org.vfrt.core.policy.RunPolicy;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Hypervisors;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.process.Ticker;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.retention.PruneCheckpoints;
import org.vfrt.core.standby.Arming;
import org.vfrt.core.standby.BeatingActivator;
import org.vfrt.core.standby.DemandPermit;
import org.vfrt.core.standby.HostSetup;
import org.vfrt.core.standby.Identity;
import org.vfrt.core.standby.KeepLeases;
import org.vfrt.core.standby.LiveMigration;
import org.vfrt.core.standby.Permits;
import org.vfrt.core.standby.StandbyRules;
import org.vfrt.core.standby.StandbyWorld;
import org.vfrt.core.store.Backend;
import org.vfrt.core.store.ChangeStoreKey;
import org.vfrt.core.store.CheckStore;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.store.CopyStore;
import org.vfrt.core.store.DirectoryBackend;
import org.vfrt.core.store.InitStore;
import org.vfrt.core.store.MeasureStore;
import org.vfrt.core.store.PackedStore;
import org.vfrt.core.store.StoreKeys;
import org.vfrt.core.warm.HostsWatch;
import org.vfrt.core.warm.MigratingGuests;
import org.vfrt.core.warm.PermittedMigrator;
import org.vfrt.core.warm.RecoverActivator;
import org.vfrt.core.warm.RunningHealth;
import org.vfrt.core.warm.ScoredPlacement;
import org.vfrt.core.warm.WarmCopies;
import org.vfrt.xen.announce.HostAnnouncements;
import org.vfrt.xen.capture.LiveCapture;
import org.vfrt.xen.disk.DiskHook;
import org.vfrt.xen.disk.HookDisks;
import org.vfrt.xen.disk.HostDisks;
import org.vfrt.xen.disk.HostFiles;
import org.vfrt.xen.disk.KnownHooks;
import org.vfrt.xen.disk.SiteDisks;
import org.vfrt.xen.drill.HostGround;
import org.vfrt.xen.etcd.EtcdRegister;
import org.vfrt.xen.fence.FenceAgents;
import org.vfrt.xen.health.SignOfLife;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.HostShells;
import org.vfrt.xen.host.LocalKeyCommand;
import org.vfrt.xen.lease.WatchdogLeases;
import org.vfrt.xen.libvirt.LibvirtHypervisor;
import org.vfrt.xen.libvirt.LibvirtHypervisors;
import org.vfrt.xen.libvirt.SaveCapture;
import org.vfrt.xen.libvirt.SaveFileRestorer;
import org.vfrt.xen.migrate.HostTraces;
import org.vfrt.xen.migrate.LiveMigrator;
import org.vfrt.xen.permit.HostPermits;
import org.vfrt.xen.permit.HostStaleCopies;
import org.vfrt.xen.permit.SetUpHost;
import org.vfrt.xen.remus.ReceiveGuest;
import org.vfrt.xen.remus.SettleReceive;
import org.vfrt.xen.restore.MigrationRestorer;
import org.vfrt.xen.s3.ReadCredentials;
import org.vfrt.xen.s3.S3Backend;

/** Puts the parts of vfrt together, each when it is first used: a list of checkpoints never loads libvirt. For one thread. */
final class Wiring implements Operations {

    /** A host that is up answers within a second; one behind a slow ssh within a few. */
    private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(15);

    /** How long a save or restore whose caller died may still go on at its host: the memory of a large guest, to a slow disk. */
    private static final Duration JOB_DEADLINE = Duration.ofMinutes(10);

    private static final Ticker TICKER = new Ticker() {
        @Override
        public Duration elapsed() {
            return Duration.ofNanos(System.nanoTime());
        }

        @Override
        public void sleep(Duration time) throws InterruptedException {
            Thread.sleep(time.toMillis());
        }
    };

    private static final Sleeper SLEEPER = TICKER::sleep;

    /** A server's management controller takes some seconds to switch it off, and some more to say so. */
    /** Well within the two minutes of patience of other controllers. */
    private static final Duration START_BEAT = Duration.ofSeconds(10);

    private static final Duration FENCE_DEADLINE = Duration.ofSeconds(60);

    private final Settings settings;
    private final Clock clock = Clock.systemUTC();
    private @Nullable Configuration configuration;
    private @Nullable PackedStore store;
    private @Nullable LibvirtHypervisors patient;
    private @Nullable StandbyWorld standby;
    private Optional<Path> diskHook = Optional.empty();

    Wiring(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Configuration configuration() {
        if (configuration == null) {
            configuration = overridden(new ConfigurationReader()
                    .read(
                            settings.configFile(),
                            settings.connectUri(),
                            System.getenv(),
                            Path.of(System.getenv().getOrDefault("HOME", System.getProperty("user.home", "/"))),
                            System.getProperty("user.name", "").equals("root")));
        }
        return configuration;
    }

    private Configuration overridden(Configuration read) {
        Map<String, String> origins = new LinkedHashMap<>(read.origins());
        settings.store().ifPresent(store -> origins.put("store", "--store"));
        if (settings.insecure()) {
            origins.put("insecure", "--insecure");
        }
        return new Configuration(
                read.hosts(),
                settings.store().orElse(read.store()),
                read.storeS3(),
                read.storeKey(),
                read.storeReserveBytes(),
                read.stateDirectory(),
                read.insecure() || settings.insecure(),
                read.maxPause(),
                read.policies(),
                read.placement(),
                read.standby(),
                origins);
    }

    /** One for all that a command does: its key is asked for once, and only when it is needed. */
    @Override
    public PackedStore store() {
        if (store == null) {
            store = store(configuration().store(), configuration().storeKey());
        }
        return store;
    }

    private PackedStore store(StoreLocation location, Optional<KeyOrigin> key) {
        return new PackedStore(
                backend(location),
                key.map(origin -> StoreKeys.of(reading(origin))).orElseGet(StoreKeys::none),
                new SecureRandom(),
                configuration().storeReserveBytes());
    }

    private Backend backend(StoreLocation location) {
        return location instanceof StoreLocation.Bucket bucket
                ? bucket(bucket)
                : new DirectoryBackend(((StoreLocation.Directory) location).path());
    }

    /** In a method of its own: nobody else pays for loading what it needs. */
    private Backend bucket(StoreLocation.Bucket bucket) {
        S3Settings settings = configuration().storeS3();
        if (settings.crossesNetworkInClear() && !configuration().insecure()) {
            throw new Refused(
                    "store-in-clear",
                    "the server of the store '" + bucket + "' is reached through a network in clear",
                    "Give 'endpoint' of 'store_s3' with https, or say '--insecure' in a lab.");
        }
        return new S3Backend(
                bucket,
                settings,
                new ReadCredentials(System.getenv()).run(settings),
                configuration().stateDirectory(),
                new SecureRandom());
    }

    private static Supplier<AccessKey> reading(KeyOrigin origin) {
        return () -> new ReadKey(new LocalKeyCommand()).run(origin);
    }

    @Override
    public InitStore.Outcome initStore(boolean encrypt, Optional<Path> newKeyFile) {
        Optional<KeyOrigin> configured = configuration().storeKey();
        if (!encrypt && configured.isPresent()) {
            throw new BadInput(
                    "key-without-encryption",
                    "a key is configured, and without '--encrypt' the store would have none",
                    "Say '--encrypt' too, or take the key out of the configuration.");
        }
        Optional<Supplier<AccessKey>> key = newKeyFile
                .<Supplier<AccessKey>>map(file -> () -> new MakeKeyFile(new SecureRandom()).run(file))
                .or(() -> configured.map(Wiring::reading));
        if (encrypt && key.isEmpty()) {
            throw new Refused(
                    "store-key-missing",
                    "the store is to be encrypted, and no key is configured",
                    "Configure 'store_key_file' or 'store_key_command', or say '--new-key-file PATH'.");
        }
        return new InitStore(backend(configuration().store()), new SecureRandom()).run(key);
    }

    @Override
    public void changeStoreKey(KeyOrigin next) {
        boolean make = next instanceof KeyOrigin.File file && !Files.exists(file.path(), LinkOption.NOFOLLOW_LINKS);
        new ChangeStoreKey(backend(configuration().store()), new SecureRandom())
                .run(
                        configuration().storeKey().map(Wiring::reading),
                        make
                                ? () -> new MakeKeyFile(new SecureRandom()).run(((KeyOrigin.File) next).path())
                                : reading(next));
    }

    @Override
    public MeasureStore.Outcome measureStore() {
        return new MeasureStore(store()).run();
    }

    @Override
    public CheckStore.Outcome checkStore(boolean readData, Progress progress) {
        return new CheckStore(store(), clock).run(readData, progress);
    }

    @Override
    public CollectGarbage.Outcome collectGarbage(boolean dryRun, Progress progress) {
        return new CollectGarbage(store()).run(dryRun, progress);
    }

    /** Each hook by itself: one that is broken keeps nobody else's snapshots. */
    @Override
    public SweepSnapshots.Outcome sweepSnapshots(boolean dryRun) {
        List<SweepSnapshots.Swept> swept = new ArrayList<>();
        List<String> left = new ArrayList<>();
        // A store can be looked after where no host is known.
        if (!configuration().hosts().isEmpty()) {
            Stream<DiskSnapshots> hooks =
                    diskHooks(Optional.empty()).map(hook -> new HookDisks(List.of(hook), Optional.empty()));
            Stream.concat(Stream.of(new HostDisks(Wiring::shell)), hooks).forEach(one -> {
                SweepSnapshots.Outcome outcome =
                        new SweepSnapshots(one, store()).run(pool(), journal(), clock.instant(), dryRun);
                swept.addAll(outcome.swept());
                outcome.left().stream().filter(why -> !left.contains(why)).forEach(left::add);
            });
        }
        return new SweepSnapshots.Outcome(swept, left);
    }

    @Override
    public void useDiskHook(Path program) {
        diskHook = Optional.of(new DiskHook(program).program());
    }

    private DiskSnapshots disks() {
        return disks(Optional.empty());
    }

    /** @param external what takes new snapshots; empty for the hosts' engines */
    private DiskSnapshots disks(Optional<Path> external) {
        return new SiteDisks(
                new HostDisks(Wiring::shell),
                new HookDisks(diskHooks(external).toList(), external.map(DiskHook::new)),
                external.isPresent());
    }

    /** The first of a name counts: a hook may have been moved. */
    private Stream<DiskHook> diskHooks(Optional<Path> external) {
        Map<String, DiskHook> hooks = new LinkedHashMap<>();
        Stream.of(
                        external.stream(),
                        diskHook.stream(),
                        configuration().policies().all().stream().flatMap(policy -> policy.diskHook().stream()),
                        knownHooks().programs().stream())
                .flatMap(one -> one)
                .map(DiskHook::new)
                .forEach(hook -> hooks.putIfAbsent(hook.name(), hook));
        return hooks.values().stream();
    }

    private KnownHooks knownHooks() {
        return new KnownHooks(configuration().stateDirectory());
    }

    /** Before a hook is told to do anything, so that the next command knows of it when this one dies. */
    private void noteDiskHook(Optional<Path> hook, boolean dryRun) {
        if (!dryRun) {
            hook.ifPresent(knownHooks()::note);
        }
    }

    private static Optional<HostShell> shell(Hypervisor host) {
        return ((LibvirtHypervisor) host).shell();
    }

    @Override
    public CopyStore.Outcome copyStore(
            StoreLocation to, Optional<Path> toKeyFile, boolean inClear, boolean dryRun, Progress progress) {
        return new CopyStore(store(), store(to, toKeyFile.map(KeyOrigin.File::new)), inClear).run(dryRun, progress);
    }

    @Override
    public ExportCheckpoint.Outcome exportCheckpoint(
            CheckpointId id, Path file, ImageSource.Form form, Optional<Path> definition, Progress progress) {
        return new ExportCheckpoint(store()).run(id, file, form, definition.map(Wiring::text), progress);
    }

    @Override
    public ImportCheckpoint.Outcome importCheckpoint(
            Path file, Optional<Path> definition, List<Tag> tags, boolean dryRun, Progress progress) {
        return new ImportCheckpoint(store(), clock)
                .run(new ImportCheckpoint.Request(file, definition.map(Wiring::text), tags, dryRun), progress);
    }

    private static String text(Path file) {
        try {
            return new String(
                    DurableFiles.read(file.toRealPath(), SaveFile.DEFINITION_BYTES_MAX), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BadInput(
                    "bad-definition-file",
                    "the definition '" + file + "' cannot be read: " + e.getMessage(),
                    "Name a file of at most " + SaveFile.DEFINITION_BYTES_MAX + " bytes.");
        }
    }

    @Override
    public Hypervisors hypervisors() {
        return new LibvirtHypervisors(configuration().insecure(), CONNECT_DEADLINE);
    }

    @Override
    public SettleUnfinished.Settlement settleUnfinished() {
        return settling().run();
    }

    private SettleUnfinished settling() {
        return new SettleUnfinished(
                pool(),
                captures(),
                restorers(),
                disks(),
                store(),
                List.of(
                        moves(),
                        new SettleMigration(pool(), migrator()),
                        new SettleReceive(pool()),
                        new SettleActivation(pool(), ofXen()),
                        new SettleDrill(pool(), disks(), ground(), records(), journal(), SLEEPER)),
                journal(),
                clock);
    }

    @Override
    public Manifest findCheckpoint(String what) {
        return new FindCheckpoint(store()).run(what);
    }

    @Override
    public List<String> leftOut(Manifest found, String what) {
        return new FindCheckpoint(store()).leftOut(found, what, clock.instant());
    }

    @Override
    public Manifest findUsableCheckpoint(String what) {
        return new FindCheckpoint(store()).usable(what, clock.instant());
    }

    @Override
    public CreateCheckpoint.Outcome createCheckpoint(
            CreateCheckpoint.Request request, Consumer<CreateCheckpoint.Outcome> announcement, Progress progress) {
        Optional<Path> external = diskHook.filter(hook -> request.disks() == DiskWish.EXTERNAL);
        noteDiskHook(external, request.dryRun());
        return creation(external).run(request, announcement, progress);
    }

    @Override
    public RestoreCheckpoint.Outcome restoreCheckpoint(RestoreCheckpoint.Request request, Progress progress) {
        noteDiskHook(diskHook, request.dryRun());
        return restoration().run(request, progress);
    }

    private RestoreCheckpoint restoration() {
        return new RestoreCheckpoint(pool(), observation(), restorers(), disks(), store(), locks(), journal(), clock);
    }

    @Override
    public RecoveryPreference recoveryPreference(Manifest manifest, List<RestoreForm> asked) {
        return RecoveryPreference.of(asked, manifest, configuration().policies(), store());
    }

    @Override
    public RecoverGuest.Outcome recoverGuest(
            RecoverGuest.Request request, Consumer<List<RecoverGuest.Prospect>> announcement, Progress progress) {
        noteDiskHook(diskHook, request.dryRun());
        return new RecoverGuest(restoration(), store(), clock).run(request, announcement, progress);
    }

    @Override
    public ExtractFiles.Outcome extractFiles(ExtractFiles.Request request, Progress progress) {
        return new ExtractFiles(pool(), new HostFiles(Wiring::shell), disks(), store(), locks(), journal(), clock)
                .run(request, progress);
    }

    @Override
    public ConfirmRestore.Outcome confirmRestore(
            ConfirmRestore.Request request, Consumer<ConfirmRestore.Outcome> announcement) {
        return new ConfirmRestore(pool(), disks(), store(), locks(), journal()).run(request, announcement);
    }

    @Override
    public List<FoundSnapshot> keptStates(Hypervisor host) {
        return new KeptStates(disks(), store()).on(host);
    }

    @Override
    public DrillCheckpoint.Outcome drillCheckpoint(
            DrillCheckpoint.Request request, BooleanSupplier interrupted, Progress progress) {
        return new DrillCheckpoint(
                        pool(),
                        restoration(),
                        disks(),
                        ground(),
                        records(),
                        store(),
                        locks(),
                        journal(),
                        clock,
                        SLEEPER)
                .run(request, interrupted, progress);
    }

    @Override
    public Optional<DrillOrder> drillOrder(Manifest manifest) {
        return configuration()
                .policies()
                .of(
                        manifest.guestName(),
                        manifest.guestUuid(),
                        () -> Definition.parse(store().definition(manifest.id()))
                                .labels())
                .flatMap(Policy::drill);
    }

    @Override
    public PlanDrills.Plan planDrills() {
        Policies policies = configuration().policies();
        return new PlanDrills(new PlanRun(pool(), policies, store(), clock), policies, records(), clock).run();
    }

    @Override
    public GuestLock lockDrills(Duration wait) {
        return new DrillsAlone(locks()).take(wait);
    }

    @Override
    public List<DrillRecord> drills() {
        return records().all();
    }

    private DrillRecords records() {
        return new DrillRecords(configuration().stateDirectory());
    }

    private static DrillGround ground() {
        return new HostGround(host -> ((LibvirtHypervisor) host).shell());
    }

    @Override
    public VerifyCheckpoint.Outcome verifyCheckpoint(CheckpointId id, Progress progress) {
        return new VerifyCheckpoint(store(), clock).run(id, progress);
    }

    @Override
    public Optional<Manifest> deleteCheckpoint(CheckpointId id, boolean evenTheLast) {
        return new DeleteCheckpoint(store(), locks(), clock).run(id, evenTheLast);
    }

    @Override
    public Optional<Manifest> checkDeletion(CheckpointId id, boolean evenTheLast, Set<CheckpointId> gone) {
        return new DeleteCheckpoint(store(), locks(), clock).check(id, evenTheLast, gone);
    }

    @Override
    public PruneCheckpoints.Outcome prune(
            UUID guest, String guestName, KeepRules rules, boolean dryRun, Duration lockWait) {
        return pruning().run(guest, guestName, rules, dryRun, lockWait);
    }

    @Override
    public PlanRun.Plan planRun(Optional<String> policyName) {
        return new PlanRun(pool(), configuration().policies(), store(), clock).run(policyName);
    }

    @Override
    public RunPolicy.Outcome runPolicy(
            PlanRun.Planned planned,
            boolean dryRun,
            Consumer<CreateCheckpoint.Outcome> announcement,
            Progress progress) {
        Optional<Path> external = planned.policy().diskHook();
        noteDiskHook(external, dryRun);
        return new RunPolicy(creation(external), pruning(), clock)
                .run(planned, configuration().maxPause(), dryRun, announcement, progress);
    }

    private CreateCheckpoint creation(Optional<Path> diskHook) {
        return new CreateCheckpoint(pool(), captures(), disks(diskHook), store(), locks(), journal(), clock);
    }

    /** Days and weeks are those of the people around this machine. */
    private PruneCheckpoints pruning() {
        return new PruneCheckpoints(store(), locks(), clock, ZoneId.systemDefault());
    }

    @Override
    public void demandHost(String name) {
        pool().host(name);
    }

    @Override
    public ObservePool.Observed observePool() {
        try (OpenPool hosts = pool().open()) {
            return observation().run(hosts);
        }
    }

    @Override
    public ForeseeFailure.Outcome foreseeFailure(Optional<String> hostOrDomain) {
        return new ForeseeFailure(store(), clock).run(observePool(), hostOrDomain);
    }

    @Override
    public PlanMigrations.Outcome planMigrations(PoolLoad pool, PlanMigrations.Task task, Road road) {
        return new PlanMigrations(new MigrationHistoryFile(configuration().stateDirectory()).read(), clock)
                .run(pool, task, road);
    }

    @Override
    public Road road(CheckMoves.Terms terms) {
        return new CheckMoves(pool(), migrator(), locks(), journal(), terms);
    }

    /** Several threads may migrate at once after {@link #observePool} has set up what they share. */
    @Override
    public MigrateGuest.Outcome migrateGuest(
            MigrateGuest.Request request, Consumer<MigrateGuest.Outcome> announcement, Progress progress) {
        return migration().run(request, announcement, progress);
    }

    private MigrateGuest migration() {
        return new MigrateGuest(
                pool(),
                observation(),
                migrator(),
                moves(),
                new MigrationHistoryFile(configuration().stateDirectory()),
                locks(),
                journal(),
                clock);
    }

    @Override
    public RepairGuests.Report repairGuests(RepairGuests.Request request) {
        return new RepairGuests(pool(), new HostTraces(), locks(), journal()).run(request);
    }

    private ObservePool observation() {
        return new ObservePool(
                configuration().placement(), new LoadHistoryFile(configuration().stateDirectory()), clock);
    }

    private MoveThroughStore moves() {
        return new MoveThroughStore(
                MigrateGuest.OPERATION, pool(), saveCapture(), restorers(), store(), journal(), clock);
    }

    private Migrator migrator() {
        return new PermittedMigrator(
                new LiveMigrator(configuration().insecure(), pool()::open, new SplittableRandom()),
                new HostPermits(Wiring::shell));
    }

    @Override
    public List<Reason> checkHost(Host host) {
        List<Reason> reasons = new ArrayList<>(
                new CheckHost(pool(), captures(), migrator()::obstacles, store(), journal()).run(host.name()));
        reasons.addAll(unguarded(host));
        return reasons;
    }

    /** A pool without standby needs no hook; one that is there has to work all the same. */
    private List<Reason> unguarded(Host host) {
        try (Hypervisor there = hypervisors().connect(host)) {
            return there.xen() && shell(there).isPresent()
                    ? new SetUpHost(Wiring::shell)
                            .obstacles(there, configuration().standby().asked())
                    : List.of();
        }
    }

    @Override
    public HostSetup hostSetup() {
        return new SetUpHost(Wiring::shell);
    }

    @Override
    public List<CheckFence.Checked> checkFence(List<String> hosts) {
        return new CheckFence(new FenceAgents(configuration().standby(), secrets())).run(hosts);
    }

    @Override
    public StandbyWorld standby() {
        if (standby == null) {
            standby = standbyWorld();
        }
        return standby;
    }

    private StandbyWorld standbyWorld() {
        Register register = register();
        Permits permits = new HostPermits(Wiring::shell);
        Watch watch = new HostsWatch(pool(), permits);
        EvidenceRecords evidence =
                new EvidenceRecords(register, configuration().standby().evidence());
        return new StandbyWorld(
                register,
                pool(),
                permits,
                watch,
                evidence,
                new ProveDeath(
                        evidence,
                        new FenceAgents(configuration().standby(), secrets()),
                        watchdogLeases(register),
                        watch,
                        clock,
                        TICKER,
                        FENCE_DEADLINE),
                new HotCopies(
                        new WarmCopies(
                                () -> creation(Optional.empty()),
                                () -> new DeleteCheckpoint(store(), locks(), clock),
                                store(),
                                clock),
                        () -> new ReceiveGuest(pool(), locks(), journal(), clock, ownBoot()),
                        epochs(),
                        TICKER),
                new BeatingActivator(
                        new HotActivator(
                                new RecoverActivator(
                                        pool(),
                                        patient(),
                                        within -> new RestoreCheckpoint(
                                                within,
                                                observation(),
                                                restorers(),
                                                disks(),
                                                store(),
                                                locks(),
                                                journal(),
                                                clock),
                                        this::settling,
                                        locks(),
                                        store(),
                                        permits,
                                        clock),
                                start -> WarmCopies.newest(store(), start.guest(), clock.instant())
                                        .map(Manifest::instant),
                                epochs(),
                                pool(),
                                new DemandPermit(permits),
                                ofXen(),
                                new SettleReceive(pool()),
                                locks(),
                                journal(),
                                clock,
                                TICKER),
                        register,
                        Identity.PROCESS,
                        START_BEAT),
                new SignOfLife(pool(), new RunningHealth(pool()), ground()),
                new HostAnnouncements(this::shellOf),
                new ScoredPlacement(pool(), observation(), store(), clock),
                new HostStaleCopies(this::shellOf),
                Identity.PROCESS,
                clock,
                TICKER,
                StandbyRules.DEFAULT);
    }

    private EpochPlaces epochs() {
        return new EpochPlaces(configuration()
                .standby()
                .epochs()
                .orElseGet(() -> configuration().stateDirectory().resolve("epochs")));
    }

    private static String ownBoot() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            // No host has that one.
            return "?";
        }
    }

    private Optional<HostShell> shellOf(String host) {
        return HostShells.of(pool().host(host));
    }

    @Override
    public Optional<KeepLeases> leases() {
        return configuration()
                .standby()
                .watchdog()
                .map(watchdog -> new KeepLeases(
                        new Claims(standby().register()),
                        new Arming(standby().register(), clock),
                        pool().hosts().stream().map(Host::name).toList(),
                        watchdogLeases(standby().register()),
                        watchdog));
    }

    private WatchdogLeases watchdogLeases(Register register) {
        return new WatchdogLeases(register, this::shellOf);
    }

    @Override
    public String controllerName() {
        String machine;
        try {
            machine = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            machine = "?";
        }
        return machine + ", process " + ProcessHandle.current().pid();
    }

    @Override
    public LiveMigration liveMigration() {
        return new MigratingGuests(this::migration);
    }

    private Register register() {
        RegisterPlace place = configuration()
                .standby()
                .register()
                .orElseGet(() -> new RegisterPlace.Directory(
                        configuration().stateDirectory().resolve("register")));
        if (place instanceof RegisterPlace.Etcd etcd) {
            return new EtcdRegister(etcd.settings(), secrets());
        }
        return new DirectoryRegister(((RegisterPlace.Directory) place).path());
    }

    private static ReadSecret secrets() {
        return new ReadSecret(new LocalKeyCommand());
    }

    /** In the order of preference. */
    private List<Capture> captures() {
        return List.of(new LiveCapture(configuration().insecure(), clock), saveCapture());
    }

    private Capture saveCapture() {
        return new SaveCapture(HostShells::of, Optional.empty(), clock, JOB_DEADLINE);
    }

    private Restorer ofXen() {
        return new MigrationRestorer(patient(), new SplittableRandom());
    }

    private List<Restorer> restorers() {
        return List.of(ofXen(), new SaveFileRestorer(HostShells::of, Optional.empty(), JOB_DEADLINE));
    }

    private Pool pool() {
        return new Pool(configuration().hosts(), patient());
    }

    private GuestLocks locks() {
        return new GuestLocks(configuration().stateDirectory(), clock);
    }

    private Journal journal() {
        return new Journal(configuration().stateDirectory(), clock);
    }

    /** For what moves a guest's memory: notices a dead host in the middle of a call. */
    private LibvirtHypervisors patient() {
        if (patient == null) {
            patient = new LibvirtHypervisors(configuration().insecure(), CONNECT_DEADLINE).keepAlive();
        }
        return patient;
    }
}
