package org.vfrt.xen.libvirt;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.DomainInfo;
import org.libvirt.Error.ErrorDomain;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;
import org.libvirt.NodeInfo;
import org.libvirt.SuspendTarget;
import org.libvirt.TypedParameter;
import org.libvirt.TypedStringParameter;
import org.libvirt.VfrtMigration;
import org.libvirt.VfrtNative;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.HostFacts;
import org.vfrt.core.pool.Version;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.HostShells;
import org.vfrt.xen.host.HostSurvey;
import org.vfrt.xen.host.XenDomains;

/**
 * An open libvirt connection. Safe for use by several threads; libvirt serves about four long calls of one connection at once
 * ({@code max_client_requests}), so a long operation best has a connection of its own.
 *
 * <p>Only calls that take no libvirt job are used for questions, so none waits behind a save or a migration. A question that is not
 * answered within 45 s ends as {@link Temporary}, and with it the connection. Long calls (save, restore, migrate) have no such limit:
 * use {@link LibvirtHypervisors#keepAlive()}, so that a dead host ends them.
 */
public final class LibvirtHypervisor implements SavingHypervisor {

    private static final Logger LOG = LoggerFactory.getLogger(LibvirtHypervisor.class);

    /** Longer than the 30 s that libvirt itself waits for another job, so that its own answer is heard. */
    private static final Duration QUESTION = Duration.ofSeconds(45);

    /** A bound, not an expectation: half a day is more than any guest's memory needs. */
    private static final Duration LONG = Duration.ofHours(12);

    /** Of a migration, all but the one that sends the memory: it waits for a receiver, and for devices to be made and unmade. */
    private static final Duration PHASE = Duration.ofMinutes(5);

    private static final Duration CLOSING = Duration.ofSeconds(5);

    private static final int TORN_DOWN_TRIES = 20;

    private static final int LIST_ALL = 0;
    private static final int LIST_TRANSIENT = 8;
    private static final int XML_SECURE = 1;
    private static final int JOB_NONE = 0;

    private final Host host;
    private final Connect connect;

    /** Connects at its first use. */
    private final Optional<HostShell> shell;

    /** Calls run beside the caller, so that one that never returns does not take the caller with it. */
    private final ExecutorService calls;

    /** Calls share it, closing takes it alone: a connection freed under a call would crash the process. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private volatile boolean closed;
    private volatile boolean dead;

    /** @param shellSoon whether the shell will be needed */
    LibvirtHypervisor(Host host, Connect connect, boolean shellSoon) {
        this.host = host;
        this.connect = connect;
        this.shell = HostShells.of(host);
        if (shellSoon) {
            shell.ifPresent(HostShell::connectAhead);
        }
        this.calls = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "vfrt-libvirt-" + host.name());
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public HostFacts facts() {
        return ask("asking for the host's facts", QUESTION, () -> {
            // On Xen 'sockets' is always 1, so the product of the topology would be wrong: 'cpus' is right.
            NodeInfo node = connect.nodeInfo();
            return new HostFacts(
                    connect.getHostName(),
                    connect.getType(),
                    Version.ofLibvirt(connect.getVersion()),
                    Version.ofLibvirt(connect.getLibVersion()),
                    node.cpus,
                    Math.multiplyExact(node.memory, 1024L),
                    freeMemoryBytes());
        });
    }

    @Override
    public boolean xen() {
        return ask("asking for the kind of the host", QUESTION, connect::getType)
                .equals("Xen");
    }

    @Override
    public List<Guest> guests() {
        return ask("listing the guests", QUESTION, () -> {
            Set<String> transients = new HashSet<>();
            for (Domain domain : connect.listAllDomains(LIST_TRANSIENT)) {
                transients.add(domain.getUUIDString());
                release(domain);
            }
            List<Guest> guests = new ArrayList<>();
            for (Domain domain : connect.listAllDomains(LIST_ALL)) {
                read(domain, !transients.contains(domain.getUUIDString())).ifPresent(guests::add);
                release(domain);
            }
            guests.sort(Comparator.comparing(Guest::name));
            return List.copyOf(guests);
        });
    }

    @Override
    public Optional<Guest> guest(UUID uuid) {
        return find("looking for guest '" + uuid + "'", () -> connect.domainLookupByUUIDString(uuid.toString()));
    }

    @Override
    public Optional<String> unmanaged(UUID uuid) {
        if (shell.isEmpty() || !xen()) {
            return Optional.empty();
        }
        return XenDomains.find(shell.get(), uuid)
                .filter(domain ->
                        guest(uuid).filter(one -> one.state().active()).isEmpty())
                .map(XenDomains.XenDomain::words);
    }

    @Override
    public boolean pausedOutside(Guest guest) {
        return guest.state().running()
                && shell.isPresent()
                && xen()
                && XenDomains.find(shell.get(), guest.uuid())
                        .filter(XenDomains.XenDomain::paused)
                        .isPresent();
    }

    @Override
    public Duration ownCpuTime() {
        return ask("asking for Domain-0's CPU time", QUESTION, () -> {
            if (!connect.getType().equals("Xen")) {
                return Duration.ZERO;
            }
            Domain own = connect.domainLookupByID(0);
            try {
                return Duration.ofNanos(own.getInfo().cpuTime);
            } finally {
                release(own);
            }
        });
    }

    @Override
    public HostEquipment equipment(Set<String> diskPaths) {
        if (shell.isEmpty() || !xen()) {
            return new HostEquipment(Optional.empty(), Optional.empty(), Optional.empty(), socket());
        }
        HostSurvey survey = HostSurvey.ask(shell.get(), diskPaths);
        Set<String> networks = new TreeSet<>(survey.bridges());
        for (String network : ask("listing the networks", QUESTION, () -> List.of(connect.listNetworks()))) {
            networks.add("network:" + network);
        }
        return new HostEquipment(
                Optional.of(networks), Optional.of(survey.paths()), survey.cpuFeatures(), survey.machine());
    }

    /** Returns the socket of this machine that the URI names, whichever of its paths that is: behind one socket there is one libvirt. */
    private Optional<String> socket() {
        Optional<String> named = Optional.ofNullable(host.uri().parameters().get("socket"))
                .filter(path -> host.uri().server().isEmpty());
        try {
            return named.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Path.of(named.get()).toRealPath().toString());
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Looks a guest up by name. */
    public Optional<Guest> lookupByName(String name) {
        return find("looking for guest '" + name + "'", () -> connect.domainLookupByName(name));
    }

    @Override
    public String definition(UUID uuid) {
        return onGuest("reading the definition", uuid, QUESTION, domain -> domain.getXMLDesc(XML_SECURE));
    }

    /** Returns the CPU time the guest has used; it moving is the proof that the guest runs (bug C). */
    public Duration cpuTime(UUID uuid) {
        return onGuest("asking for the CPU time", uuid, QUESTION, domain -> Duration.ofNanos(domain.getInfo().cpuTime));
    }

    /** Returns the state and libvirt's number for its reason, virDomainRunningReason and the like. */
    public LiveState state(UUID uuid) {
        return onGuest("asking for the state", uuid, QUESTION, domain -> {
            int[] numbers = VfrtNative.state(domain);
            return new LiveState(state(numbers[0]), numbers[1]);
        });
    }

    @Override
    public boolean jobActive(UUID uuid) {
        return onGuest("asking for jobs", uuid, QUESTION, domain -> {
            try {
                return domain.getJobInfo().getType() != JOB_NONE;
            } catch (LibvirtException e) {
                // The test driver has no jobs at all; a guest that is not active has none now.
                if (LibvirtErrors.is(e, ErrorNumber.VIR_ERR_NO_SUPPORT)
                        || LibvirtErrors.is(e, ErrorNumber.VIR_ERR_OPERATION_INVALID)) {
                    return false;
                }
                throw e;
            }
        });
    }

    @Override
    public void resume(UUID uuid) {
        command("resuming the guest", uuid, QUESTION, Domain::resume);
    }

    @Override
    public void suspend(UUID uuid) {
        command("pausing the guest", uuid, QUESTION, Domain::suspend);
    }

    @Override
    public Guest start(Definition definition, boolean persistent) {
        boolean known = guest(definition.uuid()).isPresent();
        ask("starting guest '" + definition.name() + "'", LONG, () -> {
            Domain domain = persistent
                    ? connect.domainDefineXML(definition.xml())
                    : connect.domainCreateXML(definition.xml(), 0);
            try {
                if (persistent) {
                    create(domain, known);
                }
                return domain.getName();
            } finally {
                domain.free();
            }
        });
        return guest(definition.uuid())
                .orElseThrow(() -> new Failed(
                        "guest-not-started",
                        "guest '" + definition.name() + "' was started on host '" + host.name() + "' and is not there",
                        "Look at its console there, and at libvirt's log."));
    }

    @Override
    public void setMemoryTarget(UUID uuid, long bytes) {
        command("telling the guest its memory", uuid, QUESTION, domain -> domain.setMemory(bytes / 1024));
    }

    @Override
    public void settleMemory(Definition definition, Definition received, boolean persistent) {
        if (received.memoryTargetBytes() == definition.memoryTargetBytes()) {
            return;
        }
        try {
            setMemoryTarget(definition.uuid(), definition.memoryTargetBytes());
            if (persistent) {
                ask("keeping the definition of guest '" + definition.name() + "'", QUESTION, () -> {
                    release(connect.domainDefineXML(definition.xml()));
                    return definition;
                });
            }
        } catch (Failure e) {
            LOG.warn(
                    "guest '{}' on host '{}' keeps {} MiB of memory as its target: {}",
                    definition.name(),
                    host.name(),
                    received.memoryTargetBytes() >> 20,
                    e.getMessage());
        }
    }

    private static void create(Domain domain, boolean known) throws LibvirtException {
        try {
            domain.create();
        } catch (LibvirtException e) {
            if (!known) {
                domain.undefine();
            }
            throw e;
        }
    }

    @Override
    public void destroy(UUID uuid) {
        command("ending the guest", uuid, QUESTION, Domain::destroy);
    }

    /**
     * Suspends the guest inside itself (target memory, until {@link #pmWakeup}). Both together make libvirt notice the guest's end
     * again (bug E).
     */
    public void pmSuspend(UUID uuid) {
        // libxl waits up to 60 s for the guest to obey (xen-libvirt.md section 2.1).
        command("suspending the guest", uuid, Duration.ofSeconds(90), domain -> domain.PMsuspend(SuspendTarget.MEMORY));
    }

    /** Wakes a guest that {@link #pmSuspend} suspended, or that libvirtd found suspended when it started (bug C). */
    public void pmWakeup(UUID uuid) {
        command("waking the guest", uuid, Duration.ofSeconds(90), Domain::PMwakeup);
    }

    @Override
    public void save(UUID uuid, String path) {
        command("saving the guest to '" + path + "'", uuid, LONG, domain -> domain.save(path));
    }

    @Override
    public void restore(String path, boolean paused) {
        ask("restoring from '" + path + "'", LONG, () -> {
            if (paused) {
                VfrtNative.restorePaused(connect, path);
            } else {
                connect.restore(path);
            }
            return path;
        });
    }

    /**
     * Lets the guest's own libvirtd migrate it (virDomainMigrateToURI3). It goes on when this process dies.
     *
     * @param targetUri the connection URI, as the <em>host</em> reaches the target
     * @param parameters by libvirt's names: {@code migrate_uri}, {@code destination_name}, {@code destination_xml}; at least one.
     *     libxl refuses any other
     * @param flags virDomainMigrateFlags; it needs VIR_MIGRATE_PEER2PEER (2)
     */
    public void migrateToUri(UUID uuid, String targetUri, Map<String, String> parameters, int flags) {
        command(
                "migrating the guest to '" + targetUri + "'",
                uuid,
                LONG,
                domain -> domain.migrateToURI(targetUri, typed(parameters), flags));
    }

    /**
     * Migrates a guest of this connection to another connection, with this process as the one that conducts it
     * (virDomainMigrate3). The guest is looked up by name alone, which is all that a store offers that poses as a host.
     *
     * @param parameters as for {@link #migrateToUri}; at least one
     * @throws NotFound when the guest of that name has another UUID
     */
    public void migrateTo(
            UUID uuid, String guestName, LibvirtHypervisor target, Map<String, String> parameters, int flags) {
        ask("migrating guest '" + guestName + "' to host '" + target.host.name() + "'", LONG, () -> {
            Domain domain = connect.domainLookupByName(guestName);
            target.use.readLock().lock();
            try {
                if (!domain.getUUIDString().equals(uuid.toString())) {
                    throw new NotFound(
                            "no-such-guest",
                            "guest '" + guestName + "' on host '" + host.name() + "' is not the one with UUID '" + uuid
                                    + "'",
                            "List the guests with 'vfrt guest list'.");
                }
                target.refuseIfUnusable();
                release(domain.migrate(target.connect, typed(parameters), flags));
            } finally {
                target.use.readLock().unlock();
                release(domain);
            }
            return guestName;
        });
    }

    /** The first phase of a migration from here ({@link VfrtMigration#begin}). */
    public VfrtMigration.Answer beginMigration(UUID uuid, Map<String, String> parameters, int flags) {
        return onGuest(
                "beginning the migration", uuid, PHASE, domain -> VfrtMigration.begin(domain, parameters, flags));
    }

    /** The second phase, of a migration to here ({@link VfrtMigration#prepare}). */
    public VfrtMigration.Answer prepareMigration(Map<String, String> parameters, byte[] cookie, int flags) {
        return ask("preparing for the guest", PHASE, () -> VfrtMigration.prepare(connect, parameters, cookie, flags));
    }

    /** The third phase, from here: moves the memory ({@link VfrtMigration#perform}). */
    public VfrtMigration.Answer performMigration(UUID uuid, Map<String, String> parameters, byte[] cookie, int flags) {
        return onGuest(
                "sending the guest", uuid, LONG, domain -> VfrtMigration.perform(domain, parameters, cookie, flags));
    }

    /** The fourth phase, to here ({@link VfrtMigration#finish}). A failure does not prove that the guest does not run here. */
    public VfrtMigration.Answer finishMigration(
            Map<String, String> parameters, byte[] cookie, int flags, boolean cancelled) {
        return ask(
                "taking over the guest",
                PHASE,
                () -> VfrtMigration.finish(connect, parameters, cookie, flags, cancelled));
    }

    /** The last phase, from here ({@link VfrtMigration#confirm}). */
    public void confirmMigration(
            UUID uuid, Map<String, String> parameters, byte[] cookie, int flags, boolean cancelled) {
        onGuest("letting go of the guest", uuid, PHASE, domain -> {
            VfrtMigration.confirm(domain, parameters, cookie, flags, cancelled);
            return uuid;
        });
    }

    @Override
    public void undefine(UUID uuid) {
        command("removing the definition", uuid, QUESTION, Domain::undefine);
    }

    /** Returns whether the guest starts with its host. */
    public boolean autostart(UUID uuid) {
        return onGuest("asking for autostart", uuid, QUESTION, Domain::getAutostart);
    }

    /** Lets the guest start with its host. */
    public void autostart(UUID uuid, boolean on) {
        command("setting autostart", uuid, QUESTION, domain -> domain.setAutostart(on));
    }

    /** Returns whether the connection itself still stands; asks nobody. */
    public boolean alive() {
        return !closed && !dead && aliveNow();
    }

    /**
     * Returns the host's shell, which stays this connection's to close. One serves a whole command: each further one would cost a
     * connection of its own.
     *
     * @return empty where the URI shows no way to one
     */
    public Optional<HostShell> shell() {
        return shell;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        shell.ifPresent(HostShell::close);
        Future<?> closing = calls.submit(() -> {
            use.writeLock().lock();
            try {
                connect.close();
            } catch (LibvirtException e) {
                // The host is gone, or closed first; either way there is nothing left to close.
                dead = true;
            } finally {
                use.writeLock().unlock();
            }
        });
        calls.shutdown();
        try {
            closing.get(dead ? 0 : CLOSING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // It goes on in its own thread when the call in its way returns; the process does not wait for that.
            dead = true;
        }
    }

    private Optional<Guest> find(String what, Call<Domain> lookUp) {
        return ask(what, QUESTION, () -> {
            Domain domain;
            try {
                domain = lookUp.call();
            } catch (LibvirtException e) {
                if (LibvirtErrors.is(e, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
                    return Optional.<Guest>empty();
                }
                throw e;
            }
            try {
                return read(domain, domain.isPersistent() == 1);
            } finally {
                release(domain);
            }
        });
    }

    /** Returns nothing for Domain-0, and for a guest that ended since it was listed. */
    private static Optional<Guest> read(Domain domain, boolean persistent) throws LibvirtException {
        String name = domain.getName();
        int id = domain.getID();
        if (id == 0 && name.equals("Domain-0")) {
            return Optional.empty();
        }
        DomainInfo info;
        try {
            info = info(domain);
        } catch (LibvirtException e) {
            if (LibvirtErrors.is(e, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
                return Optional.empty();
            }
            throw e;
        }
        GuestState state = state(info.state);
        return Optional.of(new Guest(
                name,
                UUID.fromString(domain.getUUIDString()),
                state.active() ? id : -1,
                state,
                state.active() ? Duration.ofNanos(info.cpuTime) : Duration.ZERO,
                Math.multiplyExact(info.memory, 1024L),
                info.nrVirtCpu,
                persistent));
    }

    /** libvirt takes a host without any free memory for a failure, and finds no error that belongs to it. */
    private long freeMemoryBytes() throws LibvirtException {
        try {
            return connect.getFreeMemory();
        } catch (LibvirtException e) {
            if (e.getError() != null && e.getError().getDomain() == ErrorDomain.VIR_FROM_NONE) {
                return 0;
            }
            throw e;
        }
    }

    private static GuestState state(DomainInfo.DomainState state) {
        return switch (state) {
            case VIR_DOMAIN_NOSTATE -> GuestState.NO_STATE;
            case VIR_DOMAIN_RUNNING -> GuestState.RUNNING;
            case VIR_DOMAIN_BLOCKED -> GuestState.BLOCKED;
            case VIR_DOMAIN_PAUSED -> GuestState.PAUSED;
            case VIR_DOMAIN_SHUTDOWN -> GuestState.SHUTTING_DOWN;
            case VIR_DOMAIN_SHUTOFF -> GuestState.SHUT_OFF;
            case VIR_DOMAIN_CRASHED -> GuestState.CRASHED;
            case VIR_DOMAIN_PMSUSPENDED -> GuestState.PM_SUSPENDED;
        };
    }

    /** While a domain is being torn down libvirt knows it and Xen does not any more: a moment later both agree. */
    private static DomainInfo info(Domain domain) throws LibvirtException {
        for (int attempt = 1; ; attempt++) {
            try {
                return domain.getInfo();
            } catch (LibvirtException e) {
                if (attempt == TORN_DOWN_TRIES
                        || !String.valueOf(e.getMessage()).contains("libxl_domain_info failed")
                        || !Running.pause()) {
                    throw e;
                }
            }
        }
    }

    /** virDomainState, whose numbers have been the same since libvirt 0.9. */
    private static GuestState state(int number) {
        return switch (number) {
            case 1 -> GuestState.RUNNING;
            case 2 -> GuestState.BLOCKED;
            case 3 -> GuestState.PAUSED;
            case 4 -> GuestState.SHUTTING_DOWN;
            case 5 -> GuestState.SHUT_OFF;
            case 6 -> GuestState.CRASHED;
            case 7 -> GuestState.PM_SUSPENDED;
            default -> GuestState.NO_STATE;
        };
    }

    private static TypedParameter[] typed(Map<String, String> parameters) {
        if (parameters.isEmpty()) {
            // libvirt-java 0.5.4 throws ArrayIndexOutOfBoundsException on none.
            throw new IllegalArgumentException("a migration needs at least one parameter");
        }
        return parameters.entrySet().stream()
                .map(parameter -> new TypedStringParameter(parameter.getKey(), parameter.getValue()))
                .toArray(TypedParameter[]::new);
    }

    private void command(String what, UUID uuid, Duration deadline, Command command) {
        onGuest(what, uuid, deadline, domain -> {
            command.run(domain);
            return uuid;
        });
    }

    private <T> T onGuest(String what, UUID uuid, Duration deadline, Question<T> question) {
        return ask(what, deadline, () -> {
            Domain domain = connect.domainLookupByUUIDString(uuid.toString());
            try {
                return question.ask(domain);
            } finally {
                release(domain);
            }
        });
    }

    private <T> T ask(String what, Duration deadline, Call<T> call) {
        refuseIfUnusable();
        long begunNanos = System.nanoTime();
        try {
            return calls.submit(() -> shared(call)).get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            dead = true;
            throw LibvirtErrors.lost(host, what, "no answer within " + deadline.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary(
                    "interrupted",
                    what + " on host '" + host.name() + "' was interrupted here and may go on there",
                    "Look at the guest with 'vfrt guest show' before doing anything else.",
                    e);
        } catch (RejectedExecutionException | CancellationException e) {
            throw new IllegalStateException("the connection to host '" + host.name() + "' is closed", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LibvirtException refusal) {
                boolean alive = aliveNow();
                dead |= !alive;
                throw LibvirtErrors.asking(host, what, refusal, alive);
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            LOG.debug("host '{}', {} ms: {}", host.name(), (System.nanoTime() - begunNanos) / 1_000_000, what);
        }
    }

    private <T> T shared(Call<T> call) throws LibvirtException {
        use.readLock().lock();
        try {
            return call.call();
        } finally {
            use.readLock().unlock();
        }
    }

    private void refuseIfUnusable() {
        if (closed) {
            throw new IllegalStateException("the connection to host '" + host.name() + "' is closed");
        }
        if (dead) {
            throw new Temporary(
                    "host-lost",
                    "the connection to host '" + host.name() + "' is broken",
                    "A broken libvirt connection stays broken: run the command again.");
        }
    }

    /** Looks at this side's socket only, so it cannot hang. */
    private boolean aliveNow() {
        if (!use.readLock().tryLock()) {
            return false;
        }
        try {
            return connect.isAlive();
        } catch (LibvirtException e) {
            return false;
        } finally {
            use.readLock().unlock();
        }
    }

    private static void release(Domain domain) {
        try {
            domain.free();
        } catch (LibvirtException e) {
            // The answer counts, not the handle; it goes away with the connection.
        }
    }

    /**
     * A state and why.
     *
     * @param reason libvirt's number for the reason, whose meaning depends on the state
     */
    public record LiveState(GuestState state, int reason) {}

    /** A call into libvirt. */
    @FunctionalInterface
    private interface Call<T> {
        T call() throws LibvirtException;
    }

    /** A question about one guest. */
    @FunctionalInterface
    private interface Question<T> {
        T ask(Domain domain) throws LibvirtException;
    }

    /** Something done to one guest. */
    @FunctionalInterface
    private interface Command {
        void run(Domain domain) throws LibvirtException;
    }
}
