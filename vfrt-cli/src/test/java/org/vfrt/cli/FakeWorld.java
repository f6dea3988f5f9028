package org.vfrt.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.CheckpointStore;
import org.vfrt.core.checkpoint.ConfirmRestore;
import org.vfrt.core.checkpoint.CreateCheckpoint;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.ExportCheckpoint;
import org.vfrt.core.checkpoint.ExtractFiles;
import org.vfrt.core.checkpoint.FindCheckpoint;
import org.vfrt.core.checkpoint.ForeseeFailure;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.ImportCheckpoint;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Manifest;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreCheckpoint;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.SettleUnfinished;
import org.vfrt.core.checkpoint.SweepSnapshots;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.checkpoint.VerifyCheckpoint;
import org.vfrt.core.config.Configuration;
import org.vfrt.core.config.EtcdSettings;
import org.vfrt.core.config.RegisterPlace;
import org.vfrt.core.config.S3Settings;
import org.vfrt.core.config.StandbySettings;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.disk.ContentSink;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotFiles;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.drill.DrillCheckpoint;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.drill.DrillRecord;
import org.vfrt.core.evidence.CheckFence;
import org.vfrt.core.evidence.FenceDevice;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.image.ImageSource;
import org.vfrt.core.journal.GuestLock;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.migrate.CheckMoves;
import org.vfrt.core.migrate.Diagnosis;
import org.vfrt.core.migrate.MigrateGuest;
import org.vfrt.core.migrate.Migrated;
import org.vfrt.core.migrate.MigrationHistory;
import org.vfrt.core.migrate.PlanMigrations;
import org.vfrt.core.migrate.Repair;
import org.vfrt.core.migrate.RepairGuests;
import org.vfrt.core.migrate.Road;
import org.vfrt.core.placement.Amount;
import org.vfrt.core.placement.ChooseHost;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.GuestLoad;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.LoadHistory;
import org.vfrt.core.placement.Metric;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PlacementSettings;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.placement.Rule;
import org.vfrt.core.placement.StandingRule;
import org.vfrt.core.policy.PlanDrills;
import org.vfrt.core.policy.PlanRun;
import org.vfrt.core.policy.Policies;
import org.vfrt.core.policy.Policy;
import org.vfrt.core.policy.RecoveryPreference;
import org.vfrt.core.policy.RunPolicy;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Hypervisors;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.pool.Version;
import org.vfrt.core.retention.DecideRetention;
import org.vfrt.core.retention.KeepRules;
import org.vfrt.core.retention.PruneCheckpoints;
import org.vfrt.core.retention.Verdict;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.HostSetup;
import org.vfrt.core.standby.KeepLeases;
import org.vfrt.core.standby.LiveMigration;
import org.vfrt.core.standby.ProtectGuest;
import org.vfrt.core.standby.StandbyWorld;
import org.vfrt.core.standby.Tier;
import org.vfrt.core.store.CheckStore;
import org.vfrt.core.store.CollectGarbage;
import org.vfrt.core.store.CopyStore;
import org.vfrt.core.store.InitStore;
import org.vfrt.core.store.MeasureStore;

/**
 * A made-up pool: host xen1 with guests web1, web2 (paused) and db (off), and host xen2 with guest mail. The names of guests
 * decide how an operation on them ends, and the names of hosts whether they answer.
 */
final class FakeWorld implements World, Operations {

    /** A few minutes after the newest checkpoint of web1 was begun. */
    private static final Clock NOW = Clock.fixed(Instant.parse("2026-11-22T11:20:00Z"), ZoneOffset.UTC);

    private static final PairedDisk MAIL_DISK = new PairedDisk(
            "xvda",
            "/dev/vg/mail",
            Engine.LVM_THIN,
            "Yx3q2E-origin",
            20L << 30,
            "vg/mail.vfrt-20261122T110000Z-0a0b0c0d",
            "b8GZ5d-snapshot");

    static final Instant TAKEN = Instant.parse("2026-11-22T10:15:00.250Z");

    private static final PlacementSettings PLACEMENT = new PlacementSettings(
            OptionalLong.of(2L << 30),
            4,
            6.5,
            Map.of("xen1", "rack1", "xen2", "rack1"),
            List.of(
                    new StandingRule(
                            "web servers apart", Rule.Kind.APART, true, List.of(new GuestPattern("web*")), List.of()),
                    new StandingRule(
                            "db1, db-* on xen1",
                            Rule.Kind.ON,
                            false,
                            List.of(new GuestPattern("db1"), new GuestPattern("db-*")),
                            List.of("xen1"))));

    private final List<Host> hosts;
    private final Optional<Terminal> terminal;
    private final List<String> unreadable;
    private final List<Manifest> manifests = new ArrayList<>();
    private final List<Policy> policies;
    private boolean encrypted;
    private boolean collecting;
    private Optional<StandbyWorld> standby = Optional.empty();
    private boolean crowded;
    private boolean broken;
    private List<String> noticed = List.of();
    private Function<Move, Optional<Road.Obstacle>> inTheWay = move -> Optional.empty();
    private final Interruption interruption =
            new Interruption(new PrintWriter(new StringWriter()), Duration.ofMillis(100));

    private static final StandbySettings STANDBY = new StandbySettings(
            true,
            Optional.of(new RegisterPlace.Etcd(new EtcdSettings(
                    List.of(URI.create("https://etcd1:2379"), URI.create("https://etcd2:2379")),
                    EtcdSettings.PREFIX,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("vfrt"),
                    Optional.of(new KeyOrigin.File(Path.of("/etc/vfrt/etcd.password")))))),
            Optional.of(Duration.ofSeconds(60)),
            StandbySettings.EVIDENCE,
            Optional.of(Path.of("/dev/shm/vfrt")),
            Map.of(
                    "xen1",
                    List.of(List.of(new FenceSettings(
                            "ipmilan",
                            "ipmilan",
                            Optional.of("10.0.0.11"),
                            Optional.of("fencer"),
                            Optional.empty(),
                            Map.of())))));

    /** What was asked of the operations, in order. */
    final List<String> asked = new ArrayList<>();

    private FakeWorld(List<String> hostNames, Optional<Terminal> terminal, List<String> unreadable) {
        this(hostNames, terminal, unreadable, List.of());
    }

    private FakeWorld(
            List<String> hostNames, Optional<Terminal> terminal, List<String> unreadable, List<Policy> policies) {
        this.policies = policies;
        this.hosts = hostNames.stream()
                .map(name -> new Host(name, HostUri.parse("xen+ssh://root@" + name + "/system"), Optional.empty()))
                .toList();
        this.terminal = terminal;
        this.unreadable = unreadable;
        if (!policies.isEmpty()) {
            manifests.add(manifest("20261120T101500Z-01d01d01", "web1", Method.LIVE, 85, 536_870_912L));
        }
        manifests.add(manifest("20261122T101500Z-1f2e3d4c", "web1", Method.LIVE, 85, 536_870_912L));
        manifests.add(manifest("20261122T111500Z-00c0ffee", "web1", Method.LIVE, 1234, 1_610_612_736L));
        manifests.add(manifest("20261122T121500Z-0badcafe", "db", Method.SAVE, 61_000, 4_096));
    }

    /** Returns the world that a test file names. */
    static FakeWorld named(String name) {
        return switch (name) {
            case "pool" -> new FakeWorld(List.of("xen1", "xen2"), Optional.empty(), List.of());
            case "a warm guest" ->
                new FakeWorld(List.of("xen1", "xen2"), Optional.empty(), List.of())
                        .keeping(Tier.WARM, Duration.ofSeconds(30));
            case "a hot guest" ->
                new FakeWorld(List.of("xen1", "xen2"), Optional.empty(), List.of())
                        .keeping(Tier.HOT, Duration.ofSeconds(5));
            case "a hot guest that is behind" ->
                new FakeWorld(List.of("xen1", "xen2"), Optional.empty(), List.of())
                        .keeping(Tier.HOT, Duration.ofSeconds(1));
            case "one host silent" -> new FakeWorld(List.of("xen1", "silent3"), Optional.empty(), List.of());
            case "all hosts silent" -> new FakeWorld(List.of("silent3", "silent4"), Optional.empty(), List.of());
            case "no hosts" -> new FakeWorld(List.of(), Optional.empty(), List.of());
            case "a host not ready" -> new FakeWorld(List.of("xen1", "unready5"), Optional.empty(), List.of());
            case "damaged store" ->
                new FakeWorld(List.of("xen1"), Optional.empty(), List.of("20261122T091500Z-deadbeef"));
            case "policies" ->
                new FakeWorld(
                        List.of("xen1", "xen2"),
                        Optional.empty(),
                        List.of(),
                        List.of(policy("web", "web*"), policy("mail", "mail", "db")));
            case "policies, one host silent" ->
                new FakeWorld(
                        List.of("xen1", "silent3"),
                        Optional.empty(),
                        List.of(),
                        List.of(policy("web", "web1"), policy("mail", "mail")));
            case "policies that meet, and a guest that is gone" ->
                new FakeWorld(
                        List.of("xen1", "xen2"),
                        Optional.empty(),
                        List.of(),
                        List.of(policy("web", "web*"), policy("one", "web1", "mial")));
            case "drills" ->
                new FakeWorld(
                        List.of("xen1", "xen2"),
                        Optional.empty(),
                        List.of(),
                        List.of(
                                drilled(policy("web", "web*"), Sign.usual()),
                                drilled(policy("mail", "mail", "db"), new Sign.Tcp("10.0.0.7", 25))));
            case "drills go on" -> new FakeWorld(List.of("xen1"), Optional.empty(), List.of()).broken();
            case "encrypted store" -> new FakeWorld(List.of("xen1"), Optional.empty(), List.of()).encrypted();
            case "a collection runs" ->
                new FakeWorld(List.of("xen1", "xen2"), Optional.of(question -> true), List.of()).collecting();
            case "three hosts" -> new FakeWorld(List.of("xen1", "xen2", "xen3"), Optional.empty(), List.of());
            case "guests in the way" ->
                new FakeWorld(List.of("xen1", "xen2", "xen3"), Optional.empty(), List.of())
                        .with(FakeWorld::somethingIsInTheWay);
            case "a guest is held" ->
                new FakeWorld(List.of("xen1", "xen2", "xen3"), Optional.empty(), List.of())
                        .with(FakeWorld::somebodyHolds);
            case "labels with mistakes" ->
                new FakeWorld(List.of("xen1", "xen2"), Optional.empty(), List.of())
                        .crowded()
                        .noticing(
                                "guest 'web1' on host 'xen1' has the label appart=\"web\": that is no rule; 'apart' is one");
            case "three hosts, terminal" ->
                new FakeWorld(List.of("xen1", "xen2", "xen3"), Optional.of(question -> true), List.of());
            case "broken migrations" -> new FakeWorld(List.of("xen1", "xen2"), Optional.empty(), List.of()).broken();
            case "no room" -> new FakeWorld(List.of("xen1", "xen2"), Optional.empty(), List.of()).crowded();
            case "terminal, yes" -> new FakeWorld(List.of("xen1", "xen2"), Optional.of(question -> true), List.of());
            case "terminal, no" -> new FakeWorld(List.of("xen1", "xen2"), Optional.of(question -> false), List.of());
            default -> throw new IllegalArgumentException("no world '" + name + "'");
        };
    }

    /** Guest web1 is kept ready on xen2. */
    private FakeWorld keeping(Tier tier, Duration interval) {
        try (Hypervisor host = hypervisors().connect(configuration().hosts().get(0))) {
            Guest guest = host.guests().stream()
                    .filter(one -> one.name().equals("web1"))
                    .findFirst()
                    .orElseThrow();
            new ProtectGuest(standby())
                    .run(new ProtectGuest.Request(
                            guest.uuid(),
                            guest.name(),
                            "xen1",
                            Optional.of("xen2"),
                            tier,
                            interval,
                            0,
                            List.of(),
                            RecoverGuest.PREFERENCE,
                            Sign.usual(),
                            false));
        }
        return this;
    }

    private FakeWorld encrypted() {
        encrypted = true;
        return this;
    }

    private FakeWorld collecting() {
        collecting = true;
        return this;
    }

    private FakeWorld broken() {
        broken = true;
        return this;
    }

    private FakeWorld with(Function<Move, Optional<Road.Obstacle>> obstacles) {
        inTheWay = obstacles;
        return this;
    }

    private FakeWorld noticing(String note) {
        noticed = List.of(note);
        return this;
    }

    private FakeWorld crowded() {
        crowded = true;
        return this;
    }

    private static Policy policy(String name, String... guests) {
        return new Policy(
                name,
                List.of(guests).stream().map(GuestPattern::new).toList(),
                List.of(),
                Duration.ofMinutes(15),
                Optional.empty(),
                Optional.empty(),
                DiskWish.NONE,
                Optional.empty(),
                Optional.of(new KeepRules(1, Optional.empty(), 0, 0, 0, 0, 0, List.of(new Tag("before-upgrade")))),
                List.of(new Tag("cron")),
                Optional.empty(),
                List.of());
    }

    private static Policy drilled(Policy policy, Sign sign) {
        return new Policy(
                policy.name(),
                policy.guests(),
                policy.labels(),
                policy.interval(),
                policy.method(),
                policy.maxPause(),
                policy.disks(),
                policy.diskHook(),
                policy.keep(),
                policy.tags(),
                Optional.of(
                        new DrillOrder(Duration.ofDays(7), sign, Duration.ofMinutes(2), DrillOrder.networkFor(sign))),
                policy.recover());
    }

    @Override
    public Optional<Terminal> terminal() {
        return terminal;
    }

    @Override
    public Operations operations(Settings settings) {
        return this;
    }

    @Override
    public Interruption interruption() {
        return interruption;
    }

    @Override
    public Configuration configuration() {
        return new Configuration(
                hosts,
                new StoreLocation.Directory(Path.of("/var/lib/vfrt/store")),
                S3Settings.DEFAULT,
                encrypted ? Optional.of(new KeyOrigin.File(Path.of("/etc/vfrt/store.key"))) : Optional.empty(),
                64L << 20,
                Path.of("/var/lib/vfrt"),
                false,
                Optional.of(Duration.ofMillis(500)),
                new Policies(policies),
                policies.isEmpty() ? PlacementSettings.DEFAULT : PLACEMENT,
                policies.isEmpty() ? StandbySettings.DEFAULT : STANDBY,
                Map.of("hosts", "/etc/vfrt/vfrt.yaml:2", "store", "default", "max_pause", "/etc/vfrt/vfrt.yaml:9"));
    }

    @Override
    public Hypervisors hypervisors() {
        return host -> {
            if (host.name().startsWith("silent")) {
                throw new Temporary(
                        "host-unreachable",
                        "host '" + host.name() + "' cannot be reached: No route to host",
                        "Try 'ssh root@" + host.name() + "'.");
            }
            return new FakeHypervisor(host);
        };
    }

    @Override
    public CheckpointStore store() {
        return new FakeStore();
    }

    @Override
    public SettleUnfinished.Settlement settleUnfinished() {
        asked.add("settle");
        return new SettleUnfinished.Settlement(
                hosts.size() == 2 && hosts.get(1).name().equals("unready5")
                        ? List.of("'checkpoint create' of guest 'web1' on host 'xen1' was left unfinished")
                        : List.of(),
                List.of());
    }

    @Override
    public List<String> leftOut(Manifest found, String what) {
        return new FindCheckpoint(new FakeStore()).leftOut(found, what, NOW.instant());
    }

    @Override
    public Manifest findUsableCheckpoint(String what) {
        return findCheckpoint(what);
    }

    @Override
    public Manifest findCheckpoint(String what) {
        List<Manifest> ofGuest =
                manifests.stream().filter(one -> one.guestName().equals(what)).toList();
        if (!ofGuest.isEmpty()) {
            return ofGuest.get(ofGuest.size() - 1);
        }
        List<Manifest> matching = manifests.stream()
                .filter(one -> one.id().text().startsWith(what))
                .toList();
        if (matching.size() > 1) {
            throw new BadInput(
                    "ambiguous-checkpoint-id",
                    matching.size() + " checkpoints match '" + what + "'",
                    "Give more of the id.");
        }
        return matching.stream()
                .findFirst()
                .orElseThrow(() -> new NotFound(
                        "no-such-checkpoint",
                        "there is no checkpoint '" + what + "'",
                        "List them with 'vfrt checkpoint list'."));
    }

    @Override
    public CreateCheckpoint.Outcome createCheckpoint(
            CreateCheckpoint.Request request, Consumer<CreateCheckpoint.Outcome> announcement, Progress progress) {
        asked.add("create " + request);
        switch (request.guest()) {
            case "paused" ->
                throw new Refused(
                        "guest 'paused' on host 'xen1' gets no checkpoint",
                        List.of(
                                new Reason("guest-paused", "it is paused", "Resume it first."),
                                new Reason("host-devices", "a device of the host is passed through", "")));
            case "busy" ->
                throw new Busy(
                        "guest-busy",
                        "guest 'busy' is held by 'checkpoint create' (process 4711)",
                        "Wait for it with '--lock-wait 5m'.");
            case "gone" ->
                throw new NotFound(
                        "no-such-guest", "there is no guest 'gone'", "List the guests with 'vfrt guest list'.");
            case "bug" -> throw new IllegalStateException("a page of no guest");
            default -> {
                Manifest manifest = manifest(
                        "20261122T131500Z-5ca1ab1e",
                        request.guest(),
                        request.method().orElse(Method.LIVE),
                        85,
                        536_870_912L);
                if (request.dryRun()) {
                    return outcome(request, manifest, Optional.empty());
                }
                announcement.accept(outcome(request, manifest, Optional.empty()));
                progress.at("copy", 1, 2);
                return outcome(request, manifest, Optional.of(manifest));
            }
        }
    }

    private static CreateCheckpoint.Outcome outcome(
            CreateCheckpoint.Request request, Manifest plan, Optional<Manifest> taken) {
        return new CreateCheckpoint.Outcome(
                request.guest(),
                "xen1",
                taken,
                plan.method(),
                request.method().isPresent() ? "asked for" : "the host can do it live",
                Duration.ofMillis(90),
                "3 earlier checkpoints",
                request.disks() == DiskWish.NONE ? List.of("disk 'xvda' is not part of the checkpoint") : List.of());
    }

    @Override
    public void demandHost(String name) {
        // Planning finds it out here.
    }

    @Override
    public ObservePool.Observed observePool() {
        asked.add("observe");
        return new ObservePool.Observed(load(), LoadHistory.NONE, noticed, Map.of());
    }

    /** Where guests went since; a migration of 'flaky' fails. */
    private final Map<String, String> went = new ConcurrentHashMap<>();

    private PoolLoad load() {
        Amount capacity = new Amount(crowded ? 13L << 30 : 32L << 30, 8, 32);
        return new PoolLoad(
                hosts.stream()
                        .map(host -> new HostLoad(
                                host.name(),
                                host.name().startsWith("silent") ? HostLoad.State.UNKNOWN : HostLoad.State.ONLINE,
                                host.name(),
                                capacity,
                                new Amount(capacity.memoryBytes(), Double.POSITIVE_INFINITY, 64),
                                Amount.NONE,
                                Set.of(),
                                new Version(4, 17, 3)))
                        .toList(),
                List.of(
                        load("web1", "xen1", 4),
                        load("web2", "xen1", 4),
                        load("batch", "xen1", 3),
                        load("flaky", "xen1", 2),
                        load("mail", hosts.get(1).name(), 1)),
                List.of(new Rule("web apart", Rule.Kind.APART, false, Set.of("web1", "web2"), Set.of())));
    }

    private GuestLoad load(String name, String host, int gibibytes) {
        return new GuestLoad(
                name,
                uuid(name),
                went.getOrDefault(name, host),
                new Amount((long) gibibytes << 30, gibibytes / 4.0, 1),
                Set.of(),
                new Version(4, 17, 3),
                Optional.empty(),
                0);
    }

    @Override
    public Road road(CheckMoves.Terms terms) {
        return moves -> moves.stream()
                .flatMap(move -> inTheWay.apply(move).stream())
                .filter(obstacle ->
                        !terms.sharedDisks().contains(obstacle.move().guest()))
                .toList();
    }

    /** Of web2 libvirt has a job open; batch has a disk on its host. */
    private static Optional<Road.Obstacle> somethingIsInTheWay(Move move) {
        return switch (move.guest()) {
            case "web2" ->
                Optional.of(new Road.Obstacle(
                        move,
                        true,
                        List.of(new Reason(
                                "guest-in-job", "libvirt has a job open on the guest", "Wait for it to end."))));
            case "batch" ->
                Optional.of(new Road.Obstacle(
                        move,
                        false,
                        List.of(new Reason(
                                "disk-not-shared",
                                "that '/dev/vg/batch' is the same disk on both hosts cannot be told: it is 'lv Yx3' on '"
                                        + move.from() + "' and '-' on '" + move.to() + "'",
                                "If you know that it is, say '--shared-disks batch'."))));
            default -> Optional.empty();
        };
    }

    private static Optional<Road.Obstacle> somebodyHolds(Move move) {
        return move.guest().equals("web1")
                ? Optional.of(new Road.Obstacle(
                        move,
                        true,
                        List.of(new Reason(
                                "guest-busy",
                                "guest 'web1' is held by 'checkpoint create' (process 4711)",
                                "Wait for it with '--lock-wait 5m'."))))
                : Optional.empty();
    }

    @Override
    public PlanMigrations.Outcome planMigrations(PoolLoad pool, PlanMigrations.Task task, Road road) {
        Guards asked = task.guards();
        // However busy the machine, the same plan.
        Guards patient = new Guards(
                asked.triggerIndex(),
                asked.leastGainIndex(),
                asked.leastGainShare(),
                asked.movesMax(),
                asked.inflowMax(),
                asked.parallelMax(),
                2_000,
                Duration.ofMinutes(1));
        return new PlanMigrations(MigrationHistory.NONE, NOW)
                .run(pool, new PlanMigrations.Task(task.emptied(), patient, task.candidates()), road);
    }

    @Override
    public RepairGuests.Report repairGuests(RepairGuests.Request request) {
        asked.add("repair " + request);
        return new RepairGuests.Report(repaired(request), Map.of(), Set.of());
    }

    private List<RepairGuests.Outcome> repaired(RepairGuests.Request request) {
        List<RepairGuests.Outcome> found = broken
                ? List.of(
                        suspended("web1", request.apply()),
                        suspended("busy", request.apply()),
                        new RepairGuests.Outcome(
                                diagnosis(
                                        "mail",
                                        List.of("it runs on host 'xen1' and host 'xen2' at once"),
                                        Optional.empty(),
                                        "Decide which one is right."),
                                List.of(),
                                Optional.empty()))
                : List.of();
        if (request.guest().isEmpty()) {
            return found;
        }
        String guest = request.guest().get();
        if (guest.equals("gone")) {
            throw new NotFound(
                    "no-such-guest",
                    "no host that answers has anything of guest 'gone'",
                    "List the guests with 'vfrt guest list'.");
        }
        List<RepairGuests.Outcome> ofGuest = found.stream()
                .filter(one -> one.diagnosis().name().equals(guest))
                .toList();
        return ofGuest.isEmpty()
                ? List.of(new RepairGuests.Outcome(
                        diagnosis(guest, List.of(), Optional.empty(), ""), List.of(), Optional.empty()))
                : ofGuest;
    }

    private static RepairGuests.Outcome suspended(String guest, boolean apply) {
        Diagnosis diagnosis = diagnosis(
                guest,
                List.of("it stands suspended on host 'xen1'"),
                Optional.of(new Repair(Repair.Kind.WAKE, "xen1")),
                "");
        if (apply && guest.equals("busy")) {
            return new RepairGuests.Outcome(
                    diagnosis,
                    List.of(),
                    Optional.of(new Busy(
                            "guest-busy",
                            "guest 'busy' is held by 'migrate guest' (process 4711)",
                            "Wait for it with '--lock-wait 5m'.")));
        }
        return new RepairGuests.Outcome(
                diagnosis,
                apply ? List.of("the guest was left suspended, and was resumed") : List.of(),
                Optional.empty());
    }

    private static Diagnosis diagnosis(String guest, List<String> findings, Optional<Repair> repair, String hint) {
        return new Diagnosis(uuid(guest), guest, List.of(), findings, repair, hint);
    }

    @Override
    public ForeseeFailure.Outcome foreseeFailure(Optional<String> hostOrDomain) {
        return new ForeseeFailure(store(), NOW)
                .run(
                        new ObservePool.Observed(
                                FakeLoad.of(hosts, !policies.isEmpty()), LoadHistory.NONE, List.of(), Map.of()),
                        hostOrDomain);
    }

    @Override
    public MigrateGuest.Outcome migrateGuest(
            MigrateGuest.Request request, Consumer<MigrateGuest.Outcome> announcement, Progress progress) {
        synchronized (asked) {
            asked.add("migrate " + request);
        }
        String from = request.from().orElse("xen1");
        String to = request.to().orElse("xen2");
        if (request.guest().equals("flaky")) {
            throw new Failed(
                    "migration-failed",
                    "guest 'flaky' was not migrated and runs on host '" + from + "': the connection broke",
                    "Try again.");
        }
        if (request.guest().equals("paused")) {
            throw new Refused(
                            "guest 'paused' on host 'xen1' is not migrated",
                            List.of(
                                    new Reason("guest-paused", "it is paused", "Resume it first."),
                                    new Reason("disk-not-shared", "'/dev/vg/root' is another disk on 'xen2'", "")))
                    .noting(noticed);
        }
        if (request.dryRun() || from.equals(to)) {
            return migration(request, from, to, Optional.empty());
        }
        announcement.accept(migration(request, from, to, Optional.empty()));
        if (request.from().isEmpty()) {
            progress.at("migrate", 1, 2);
        }
        MigrateGuest.Outcome outcome = migration(
                request,
                from,
                to,
                Optional.of(new Migrated(
                        reported(request.guest(), 9, GuestState.RUNNING, 1024),
                        Duration.ofMillis(12_300),
                        Optional.of(Duration.ofMillis(210)),
                        Optional.of(new Migrated.Transfer(1_181_116_006, 4_194_304, 104_857_600, 5_242_880, 8_388_608)),
                        List.of())));
        went.put(request.guest(), to);
        return outcome;
    }

    private MigrateGuest.Outcome migration(
            MigrateGuest.Request request, String from, String to, Optional<Migrated> migrated) {
        return new MigrateGuest.Outcome(
                request.guest(),
                uuid(request.guest()),
                from,
                to,
                from.equals(to)
                        ? "the guest is there already"
                        : request.to().isPresent() ? "asked for" : "the scorer ranks it first",
                from.equals(to) ? List.of() : new ChooseHost(Metric.BALANCE).run(load(), request.guest()),
                MigrationHistory.NONE.predict(uuid(request.guest()), from, to, 1L << 30),
                migrated,
                request.rules() == MigrateGuest.Rules.IGNORED ? List.of("against the rules: web apart") : List.of());
    }

    @Override
    public void useDiskHook(Path program) {
        asked.add("disk hook " + program);
    }

    @Override
    public RestoreCheckpoint.Outcome restoreCheckpoint(RestoreCheckpoint.Request request, Progress progress) {
        asked.add("restore " + request);
        Manifest manifest = findCheckpoint(request.what());
        if (manifest.guestName().equals("db") && request.acceptedDrift().isEmpty()) {
            throw new Refused(
                    "checkpoint '" + manifest.id() + "' of guest 'db' is not restored",
                    List.of(new Reason(
                            "disks-may-have-moved-on",
                            "the guest could write to xvda since",
                            "Say '--accept-disk-drift db'.")));
        }
        GuestState state = request.paused() ? GuestState.PAUSED : GuestState.RUNNING;
        String name = request.copyName().orElse(manifest.guestName());
        Guest guest = reported(name, 9, state, 512);
        return new RestoreCheckpoint.Outcome(
                manifest,
                name,
                request.host().orElse("xen1"),
                request.host().isPresent() ? "asked for" : "where it came from",
                request.dryRun() ? Optional.empty() : Optional.of(guest),
                Duration.ofMillis(2_500),
                Duration.ofMillis(300),
                List.of());
    }

    @Override
    public RecoveryPreference recoveryPreference(Manifest manifest, List<RestoreForm> asked) {
        return RecoveryPreference.of(asked, manifest, new Policies(policies), new FakeStore());
    }

    @Override
    public ExtractFiles.Outcome extractFiles(ExtractFiles.Request request, Progress progress) {
        asked.add("extract " + request);
        Manifest manifest = findCheckpoint(request.what());
        if (request.paths().contains("/nothing")) {
            throw new NotFound(
                    SnapshotFiles.NO_SUCH_FILE,
                    "no files are read from disk 'xvda' of checkpoint '" + manifest.id()
                            + "' on host 'xen1': the disk (ext4) has no '/nothing'",
                    "Name files as the guest does.");
        }
        progress.at("files", 1, 0);
        SnapshotFiles.Place place = new SnapshotFiles.Place("ext4", request.partition());
        return new ExtractFiles.Outcome(
                manifest,
                "xen1",
                request.disk().orElse("xvda"),
                Optional.of(place),
                request.into().orElse(Path.of("/work/files-from-" + manifest.id())),
                request.dryRun() ? Optional.empty() : Optional.of(new SnapshotFiles.Copied(place, 3, 1, 4_096)),
                List.of());
    }

    @Override
    public RecoverGuest.Outcome recoverGuest(
            RecoverGuest.Request request, Consumer<List<RecoverGuest.Prospect>> announcement, Progress progress) {
        asked.add("recover " + request);
        Manifest manifest = findCheckpoint(request.what());
        List<RecoverGuest.Prospect> prospects = request.preference().stream()
                .map(form -> new RecoverGuest.Prospect(
                        form,
                        Duration.ofMinutes(65),
                        form != RestoreForm.MEMORY,
                        form == RestoreForm.COLD_CURRENT ? Duration.ZERO : Duration.ofMinutes(65),
                        form == RestoreForm.MEMORY
                                ? List.of(
                                        new Reason("snapshot-missing", "snapshot 'vg/x' is not there", "Look for it."))
                                : List.of()))
                .toList();
        announcement.accept(prospects);
        RestoreForm chosen = prospects.stream()
                .filter(RecoverGuest.Prospect::open)
                .findFirst()
                .map(RecoverGuest.Prospect::form)
                .orElseThrow(() -> new Refused(
                        "guest '" + manifest.guestName() + "' is not recovered",
                        prospects.get(0).obstacles()));
        return new RecoverGuest.Outcome(
                manifest,
                prospects,
                chosen,
                new RestoreCheckpoint.Outcome(
                        manifest,
                        manifest.guestName(),
                        "xen1",
                        "where it came from",
                        Optional.empty(),
                        Duration.ofMillis(8_500),
                        Duration.ofMillis(300),
                        List.of()));
    }

    @Override
    public DrillCheckpoint.Outcome drillCheckpoint(
            DrillCheckpoint.Request request, BooleanSupplier interrupted, Progress progress) {
        asked.add("drill " + request);
        Optional<String> known = request.guest().map(Guest::name);
        String guest = known.orElseGet(() -> findCheckpoint(request.what()).guestName());
        Optional<String> checkpoint = manifests.stream()
                .filter(one -> one.guestName().equals(guest))
                .reduce((first, second) -> second)
                .map(one -> one.id().text());
        Optional<Failure> failure = checkpoint.isEmpty()
                ? Optional.of(new Damaged(
                        "no-checkpoint", "guest '" + guest + "' has no checkpoint that could be tried", "Take one."))
                : guest.equals("db")
                        ? Optional.of(new Refused(
                                "checkpoint '" + checkpoint.get() + "' of guest 'db' is not restored",
                                List.of(new Reason(
                                        "not-enough-memory", "host 'xen1' has 5 MiB free", "Move a guest."))))
                        : request.order().sign() instanceof Sign.Console
                                ? Optional.of(new Damaged(
                                        "sign-not-seen", "the drill of guest '" + guest + "' failed: nothing", "Look."))
                                : Optional.empty();
        boolean passed = failure.isEmpty() && !request.dryRun();
        return new DrillCheckpoint.Outcome(
                new DrillRecord(
                        uuid(guest),
                        guest,
                        checkpoint,
                        guest.equals("db") || checkpoint.isEmpty() ? Optional.empty() : Optional.of("xen1"),
                        NOW.instant(),
                        passed
                                ? DrillRecord.Result.PASSED
                                : failure.filter(Damaged.class::isInstance).isPresent()
                                        ? DrillRecord.Result.FAILED
                                        : DrillRecord.Result.NOT_RUN,
                        failure.map(one -> one.code()).orElse(""),
                        failure.map(Failure::getMessage).orElse(""),
                        request.order().sign().text(),
                        passed ? Optional.of(Duration.ofMillis(1_900)) : Optional.empty(),
                        passed ? Optional.of(Duration.ofMillis(8_100)) : Optional.empty(),
                        passed ? Optional.of(Duration.ofMillis(500)) : Optional.empty()),
                "the checkpoint was taken there",
                failure,
                List.of());
    }

    @Override
    public Optional<DrillOrder> drillOrder(Manifest manifest) {
        return configuration()
                .policies()
                .of(manifest.guestName(), manifest.guestUuid(), Map::of)
                .flatMap(Policy::drill);
    }

    @Override
    public PlanDrills.Plan planDrills() {
        PlanRun.Plan plan = planRun(Optional.empty());
        return new PlanDrills.Plan(
                plan.guests().stream()
                        .map(one -> new PlanDrills.Planned(
                                one.guest(),
                                one.policy().name(),
                                one.policy().drill().orElseThrow(),
                                Optional.empty(),
                                !one.guest().name().equals("web2")))
                        .toList(),
                plan.troubles());
    }

    @Override
    public GuestLock lockDrills(Duration wait) {
        if (broken) {
            throw new Busy("drills-busy", "another process holds the drills that are due", "Let it end.");
        }
        return new GuestLock() {
            @Override
            public UUID guest() {
                return new UUID(1, 2);
            }

            @Override
            public void close() {
                asked.add("drills are free");
            }
        };
    }

    @Override
    public List<DrillRecord> drills() {
        return List.of(
                new DrillRecord(
                        uuid("web1"),
                        "web1",
                        Optional.of("20261122T101500Z-1f2e3d4c"),
                        Optional.of("xen1"),
                        TAKEN,
                        DrillRecord.Result.PASSED,
                        "",
                        "",
                        "runs",
                        Optional.of(Duration.ofMillis(1_900)),
                        Optional.of(Duration.ofMillis(8_100)),
                        Optional.of(Duration.ofMillis(500))),
                new DrillRecord(
                        uuid("mail"),
                        "mail",
                        Optional.of("20261122T111500Z-00c0ffee"),
                        Optional.of("xen2"),
                        TAKEN,
                        DrillRecord.Result.FAILED,
                        "snapshot-missing",
                        "the drill failed: snapshot 'vg/x' is not there",
                        "tcp=10.0.0.7:25",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
    }

    @Override
    public VerifyCheckpoint.Outcome verifyCheckpoint(CheckpointId id, Progress progress) {
        Manifest manifest = new FakeStore().manifest(id);
        if (id.text().endsWith("00c0ffee")) {
            throw new Damaged(
                    "checkpoint-damaged",
                    "checkpoint '" + id + "' is damaged: byte 4096 of the image is wrong",
                    "Do not restore it.");
        }
        return new VerifyCheckpoint.Outcome(manifest, Duration.ofMillis(1_500), List.of());
    }

    @Override
    public Optional<Manifest> deleteCheckpoint(CheckpointId id, boolean evenTheLast) {
        asked.add("delete " + id);
        return checkDeletion(id, evenTheLast, Set.of());
    }

    @Override
    public Optional<Manifest> checkDeletion(CheckpointId id, boolean evenTheLast, Set<CheckpointId> gone) {
        Manifest manifest = new FakeStore().manifest(id);
        if (manifest.guestName().equals("db") && !evenTheLast) {
            throw new Refused(
                    "last-checkpoint",
                    "checkpoint '" + id + "' is the last one of guest 'db'",
                    "Take a newer one first, or say '--even-the-last'.");
        }
        return Optional.of(manifest);
    }

    @Override
    public PruneCheckpoints.Outcome prune(
            UUID guest, String guestName, KeepRules rules, boolean dryRun, Duration lockWait) {
        asked.add("prune " + guestName);
        if (guestName.equals("db") && !dryRun) {
            throw new Busy(
                    "guest-busy",
                    "guest 'db' is held by 'checkpoint restore' (process 4711)",
                    "Wait for it with '--lock-wait 5m'.");
        }
        List<Verdict> verdicts = new DecideRetention(rules, ZoneOffset.UTC)
                .run(
                        manifests.stream()
                                .filter(manifest -> manifest.guestUuid().equals(guest))
                                .toList(),
                        new FakeStore().verified().keySet(),
                        new FakeStore().damaged().keySet(),
                        NOW.instant());
        List<Manifest> going = verdicts.stream()
                .filter(verdict -> !verdict.stays())
                .map(Verdict::manifest)
                .toList();
        return new PruneCheckpoints.Outcome(verdicts, dryRun ? List.of() : going, Optional.empty());
    }

    @Override
    public PlanRun.Plan planRun(Optional<String> policyName) {
        return new PlanRun(new Pool(hosts, hypervisors()), configuration().policies(), store(), NOW).run(policyName);
    }

    @Override
    public RunPolicy.Outcome runPolicy(
            PlanRun.Planned planned,
            boolean dryRun,
            Consumer<CreateCheckpoint.Outcome> announcement,
            Progress progress) {
        String guest = planned.guest().name();
        if (planned.step() != PlanRun.Step.TAKE) {
            return RunPolicy.Outcome.without(
                    planned.step() == PlanRun.Step.REST ? RunPolicy.Result.NOT_RUNNING : RunPolicy.Result.NOT_DUE,
                    Optional.empty());
        }
        try {
            CreateCheckpoint.Outcome taken = createCheckpoint(
                    new CreateCheckpoint.Request(
                            guest.equals("web2") ? "paused" : guest,
                            Optional.empty(),
                            planned.policy().method(),
                            Optional.empty(),
                            planned.policy().tags(),
                            Optional.empty(),
                            DiskWish.REFERENCE,
                            dryRun,
                            Duration.ZERO),
                    announcement,
                    progress);
            return new RunPolicy.Outcome(
                    dryRun ? RunPolicy.Result.DUE : RunPolicy.Result.TAKEN,
                    Optional.of(taken),
                    manifests.subList(0, 1),
                    Optional.empty());
        } catch (Refused refused) {
            return RunPolicy.Outcome.without(RunPolicy.Result.FAILED, Optional.of(refused));
        }
    }

    @Override
    public List<Reason> checkHost(Host host) {
        hypervisors().connect(host).close();
        return host.name().startsWith("unready")
                ? List.of(
                        new Reason("libvirt-too-old", "libvirt 7.0.0 is older than 9.0.0", "Upgrade it."),
                        new Reason("no-reverse-tunnel", "ssh to the host forbids port forwarding", ""))
                : List.of();
    }

    @Override
    public StandbyWorld standby() {
        if (standby.isEmpty()) {
            standby = Optional.of(FakeStandby.of(new Pool(configuration().hosts(), hypervisors()), NOW.instant()));
        }
        return standby.get();
    }

    @Override
    public Optional<KeepLeases> leases() {
        return Optional.empty();
    }

    @Override
    public String controllerName() {
        return "machine, process 4711";
    }

    @Override
    public LiveMigration liveMigration() {
        return (guest, from, to) -> asked.add("migrate " + guest + " from " + from + " to " + to);
    }

    @Override
    public HostSetup hostSetup() {
        return (host, task) -> {
            asked.add("setup " + host.host().name() + " " + task);
            boolean there = task == HostSetup.Task.INSTALL;
            return List.of(
                    new HostSetup.Part("hook", there ? "there" : "missing", "/etc/libvirt/hooks/libxl.d/00-vfrt"),
                    new HostSetup.Part("daemon", there ? "asks" : "deaf", "libvirtd"));
        };
    }

    /** Each host has two devices, of which the second does not take the password of a host that is not ready. */
    @Override
    public List<CheckFence.Checked> checkFence(List<String> names) {
        List<CheckFence.Checked> checked = new ArrayList<>();
        for (String name : names) {
            boolean ready = !name.startsWith("unready");
            if (!name.equals("xen2")) {
                checked.add(new CheckFence.Checked(
                        name, 1, "ipmilan", Optional.of(FenceDevice.Power.ON), Optional.empty()));
                checked.add(new CheckFence.Checked(
                        name,
                        2,
                        "apc",
                        ready ? Optional.of(FenceDevice.Power.OFF) : Optional.empty(),
                        ready
                                ? Optional.empty()
                                : Optional.of(new Failed(
                                        "fence-refused",
                                        "fence device 'apc' of host '" + name + "' refuses 'monitor': login failed",
                                        "See whether the password is right."))));
            }
        }
        return checked;
    }

    @Override
    public InitStore.Outcome initStore(boolean encrypt, Optional<Path> newKeyFile) {
        asked.add("init " + encrypt + " " + newKeyFile);
        if (encrypt && !encrypted && newKeyFile.isEmpty()) {
            throw new Refused(
                    "store-key-missing",
                    "the store is to be encrypted, and no key is configured",
                    "Say '--new-key-file PATH'.");
        }
        return new InitStore.Outcome(new UUID(0x1111_2222_3333_4444L, 0x8555_6666_7777_8888L), encrypt);
    }

    @Override
    public void changeStoreKey(KeyOrigin next) {
        asked.add("change key to " + next);
        if (!encrypted) {
            throw new Refused("store-not-encrypted", "the store is not encrypted, so it has no key", "");
        }
    }

    @Override
    public MeasureStore.Outcome measureStore() {
        return new MeasureStore.Outcome(
                Optional.of(new UUID(0x1111_2222_3333_4444L, 0x8555_6666_7777_8888L)),
                encrypted,
                manifests.size(),
                2,
                manifests.stream().mapToLong(Manifest::imageBytes).sum(),
                209_715_200,
                51_200,
                1,
                1_048_576,
                1L << 40,
                unreadable);
    }

    @Override
    public CheckStore.Outcome checkStore(boolean readData, Progress progress) {
        return unreadable.isEmpty()
                ? new CheckStore.Outcome(manifests.size(), 4, List.of(), Map.of(), List.of())
                : new CheckStore.Outcome(
                        4,
                        5,
                        List.of("frame 3 of pack '20261122T091500Z-deadbeef' is not what was written"),
                        Map.of("20261122T091500Z-deadbeef", "its pack is damaged"),
                        List.of("the note 'baseline' is not what was noted"));
    }

    @Override
    public CollectGarbage.Outcome collectGarbage(boolean dryRun, Progress progress) {
        asked.add("collect");
        if (collecting) {
            throw new Busy(
                    "store-being-collected",
                    "another collection runs in the store '/var/lib/vfrt/store'",
                    "Wait for it to end.");
        }
        return new CollectGarbage.Outcome(1, 2, 12_582_912);
    }

    @Override
    public SweepSnapshots.Outcome sweepSnapshots(boolean dryRun) {
        asked.add("sweep");
        return new SweepSnapshots.Outcome(
                List.of(new SweepSnapshots.Swept(
                        "xen1",
                        new FoundSnapshot(
                                Engine.LVM_THIN,
                                "vg/web1.vfrt-20261101T000000Z-00112233",
                                new SnapshotMark(new UUID(1, 2), "20261101T000000Z-00112233", new UUID(3, 4)),
                                Optional.empty()))),
                List.of("host 'xen2' does not answer: it is off"));
    }

    private static final FoundSnapshot KEPT = new FoundSnapshot(
            Engine.LVM_THIN,
            "vg/mail.vfrt-kept-20261122T110500Z-00000007",
            new SnapshotMark(new UUID(1, 2), "20261122T110500Z-00000007", uuid("mail")),
            Optional.of(Instant.parse("2026-11-22T11:05:00Z")));

    @Override
    public ConfirmRestore.Outcome confirmRestore(
            ConfirmRestore.Request request, Consumer<ConfirmRestore.Outcome> announcement) {
        asked.add("confirm " + request.guest());
        if (!request.guest().equals("mail")) {
            return new ConfirmRestore.Outcome(request.guest(), uuid(request.guest()), List.of(), List.of());
        }
        ConfirmRestore.Outcome outcome = new ConfirmRestore.Outcome(
                "mail",
                uuid("mail"),
                List.of(new ConfirmRestore.Kept("xen1", KEPT)),
                request.lockWait().isZero() ? List.of() : List.of("host 'xen3' does not answer: it is off"));
        if (!request.dryRun()) {
            announcement.accept(outcome);
        }
        return outcome;
    }

    @Override
    public List<FoundSnapshot> keptStates(Hypervisor host) {
        return host.host().name().equals("xen1") ? List.of(KEPT) : List.of();
    }

    @Override
    public CopyStore.Outcome copyStore(
            StoreLocation to, Optional<Path> toKeyFile, boolean inClear, boolean dryRun, Progress progress) {
        asked.add("copy to " + to);
        return new CopyStore.Outcome(
                manifests.subList(0, 1),
                2,
                List.of(),
                unreadable.stream()
                        .<Failure>map(name -> new Damaged(
                                "manifest-damaged",
                                "checkpoint '" + name + "' was not copied: its manifest cannot be read",
                                ""))
                        .toList());
    }

    @Override
    public ExportCheckpoint.Outcome exportCheckpoint(
            CheckpointId id, Path file, ImageSource.Form form, Optional<Path> definition, Progress progress) {
        asked.add("export " + id + " " + form);
        if (form == ImageSource.Form.XL && definition.isEmpty()) {
            throw new BadInput("definition-needed", "an xl save file holds the guest's configuration", "");
        }
        return new ExportCheckpoint.Outcome(new FakeStore().manifest(id), 536_872_000);
    }

    @Override
    public ImportCheckpoint.Outcome importCheckpoint(
            Path file, Optional<Path> definition, List<Tag> tags, boolean dryRun, Progress progress) {
        asked.add("import " + file);
        return new ImportCheckpoint.Outcome(
                dryRun
                        ? Optional.empty()
                        : Optional.of(manifest("20261122T131500Z-5ca1ab1e", "web3", Method.SAVE, 0, 536_870_912L)),
                "web3",
                "a save file of libvirt's");
    }

    private static Guest reported(String name, int id, GuestState state, long memoryMebibytes) {
        return new Guest(
                name, uuid(name), id, state, Duration.ofMillis(id < 0 ? 0 : 123_456), memoryMebibytes << 20, 2, true);
    }

    static UUID uuid(String name) {
        return new UUID(0x1234_5678_9abc_4defL, 0x8000_0000_0000_0000L | (name.hashCode() & 0xffff_ffffL));
    }

    private static Manifest manifest(String id, String guest, Method method, long pauseMillis, long imageBytes) {
        return new Manifest(
                new CheckpointId(id),
                guest,
                uuid(guest),
                "xen1",
                Optional.empty(),
                TAKEN,
                method,
                Definition.Kind.PVH,
                512L << 20,
                2,
                ImageFormat.LIBXL,
                imageBytes,
                "ab".repeat(32),
                "cd".repeat(32),
                method == Method.LIVE ? Optional.of(Duration.ofMillis(90)) : Optional.empty(),
                Duration.ofMillis(pauseMillis),
                Duration.ZERO,
                Duration.ofMillis(12_345),
                "4.17.3",
                "9.0.0",
                guest.equals("db") ? List.of("xvda") : List.of(),
                guest.equals("mail") ? List.of(MAIL_DISK) : List.of(),
                guest.equals("mail") ? Duration.ofMillis(40) : Duration.ZERO,
                guest.equals("db") ? List.of(new Tag("before-upgrade")) : List.of());
    }

    private final class FakeStore implements CheckpointStore {

        @Override
        public Incoming begin(CheckpointId id, UUID guest, Optional<CheckpointId> base) {
            throw new AssertionError("commands do not write to the store");
        }

        @Override
        public List<Manifest> list() {
            return manifests;
        }

        @Override
        public List<String> unreadable() {
            return unreadable;
        }

        @Override
        public Manifest manifest(CheckpointId id) {
            return manifests.stream()
                    .filter(one -> one.id().equals(id))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public String definition(CheckpointId id) {
            throw new AssertionError("commands do not read definitions from the store");
        }

        @Override
        public InputStream image(CheckpointId id) {
            throw new AssertionError("commands do not read images");
        }

        @Override
        public void noteVerified(CheckpointId id, Instant when) {
            throw new AssertionError("only the operation notes that");
        }

        @Override
        public void disk(CheckpointId id, String target, ContentSink sink) {
            throw new AssertionError("commands do not read disks");
        }

        @Override
        public void unlock() {}

        @Override
        public void noteDamaged(CheckpointId id, Instant when) {
            throw new AssertionError("only the operation notes that");
        }

        @Override
        public Map<CheckpointId, Instant> verified() {
            return Map.of(new CheckpointId("20261122T101500Z-1f2e3d4c"), Instant.parse("2026-11-23T03:30:00.5Z"));
        }

        @Override
        public Map<CheckpointId, Instant> damaged() {
            return unreadable.isEmpty()
                    ? Map.of()
                    : Map.of(manifests.get(manifests.size() - 1).id(), Instant.parse("2026-11-23T04:30:00Z"));
        }

        @Override
        public void delete(CheckpointId id) {
            throw new AssertionError("only the operation deletes");
        }

        @Override
        public void discard(CheckpointId id) {
            throw new AssertionError("only the operation discards");
        }

        @Override
        public UUID identity() {
            return new UUID(1, 2);
        }

        @Override
        public Optional<Set<CheckpointId>> making() {
            return Optional.of(Set.of());
        }

        @Override
        public long freeBytes() {
            return 1L << 40;
        }
    }

    private static final class FakeHypervisor implements Hypervisor {

        private final Host host;

        FakeHypervisor(Host host) {
            this.host = host;
        }

        @Override
        public Host host() {
            return host;
        }

        @Override
        public HostFacts facts() {
            return new HostFacts(
                    host.name() + ".example",
                    "Xen",
                    new Version(4, 17, 3),
                    new Version(9, 0, 0),
                    8,
                    64L << 30,
                    (51L << 30) + (512L << 20));
        }

        @Override
        public List<Guest> guests() {
            if (host.name().equals("xen1")) {
                return List.of(
                        reported("db", -1, GuestState.SHUT_OFF, 2048),
                        reported("web1", 4, GuestState.RUNNING, 512),
                        reported("web2", 5, GuestState.PAUSED, 512));
            }
            return List.of(reported("mail", 1, GuestState.BLOCKED, 1536));
        }

        @Override
        public Optional<Guest> guest(UUID uuid) {
            return guests().stream().filter(one -> one.uuid().equals(uuid)).findFirst();
        }

        @Override
        public Optional<String> unmanaged(UUID uuid) {
            return Optional.empty();
        }

        @Override
        public boolean pausedOutside(Guest guest) {
            return false;
        }

        @Override
        public Duration ownCpuTime() {
            return Duration.ZERO;
        }

        @Override
        public HostEquipment equipment(Set<String> diskPaths) {
            return HostEquipment.UNKNOWN;
        }

        @Override
        public String definition(UUID uuid) {
            Guest guest = guest(uuid).orElseThrow();
            return "<domain type='xen'><name>" + guest.name() + "</name><uuid>" + uuid + "</uuid>"
                    + "<memory unit='b'>" + guest.memoryBytes() + "</memory><vcpu>2</vcpu>"
                    + "<os><type>xenpvh</type></os>"
                    + "<devices><disk type='block' device='disk'><source dev='/dev/vg/root'/>"
                    + "<target dev='xvda'/></disk></devices></domain>";
        }

        @Override
        public boolean jobActive(UUID uuid) {
            return false;
        }

        @Override
        public void resume(UUID uuid) {
            throw new AssertionError("commands do not resume guests themselves");
        }

        @Override
        public Guest start(Definition definition, boolean persistent) {
            throw new AssertionError("commands do not start guests themselves");
        }

        @Override
        public void destroy(UUID uuid) {
            throw new AssertionError("commands do not destroy guests themselves");
        }

        @Override
        public void undefine(UUID uuid) {
            throw new AssertionError("commands do not undefine guests themselves");
        }

        @Override
        public void close() {}
    }
}
