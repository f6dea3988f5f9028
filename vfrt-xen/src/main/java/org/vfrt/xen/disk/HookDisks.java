package org.vfrt.xen.disk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.vfrt.core.disk.CopiedDisk;
import org.vfrt.core.disk.DiskPlace;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.FoundSnapshot;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.ReplacedDisk;
import org.vfrt.core.disk.SnapshotContents;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.Hypervisor;

/** Has programs of the site keep states of disks ({@link DiskHook}), each what is its own. */
public final class HookDisks implements DiskSnapshots {

    static final Duration LOOK = Duration.ofMinutes(2);

    /** A storage array, or a copy of a whole disk. */
    static final Duration CHANGE = Duration.ofMinutes(30);

    private static final int ORIGIN_CHARACTERS_MAX = 512;

    private final Map<String, DiskHook> hooks = new LinkedHashMap<>();
    private final Optional<DiskHook> taking;

    /**
     * @param hooks all that there are
     * @param taking the one that takes new states
     */
    public HookDisks(List<DiskHook> hooks, Optional<DiskHook> taking) {
        hooks.forEach(hook -> this.hooks.putIfAbsent(hook.name(), hook));
        taking.ifPresent(hook -> this.hooks.put(hook.name(), hook));
        this.taking = taking;
    }

    @Override
    public List<SurveyedDisk> survey(Hypervisor host, List<Disk> disks) {
        DiskHook hook = taking.orElseThrow(() -> new IllegalStateException("no hook takes new states"));
        List<Disk> known = disks.stream().filter(HookDisks::onHost).toList();
        List<List<String>> rows = known.isEmpty()
                ? List.of()
                : hook.ask(
                        host,
                        "survey",
                        known.stream()
                                .map(disk -> List.of(
                                        disk.target(),
                                        disk.source() == Disk.Source.DEVICE ? "device" : "file",
                                        disk.format(),
                                        disk.path()))
                                .toList(),
                        LOOK);
        List<SurveyedDisk> surveyed = new ArrayList<>();
        int next = 0;
        for (Disk disk : disks) {
            surveyed.add(
                    onHost(disk)
                            ? surveyed(host, hook, disk, rows.get(next++))
                            : SurveyedDisk.without(
                                    disk,
                                    unpaired(disk, "disk-engine", "it is neither a file nor a device of the host")));
        }
        return List.copyOf(demandDistinct(surveyed));
    }

    /** Two disks with one state would be one of which no state is kept. */
    private static List<SurveyedDisk> demandDistinct(List<SurveyedDisk> surveyed) {
        Set<String> origins = new HashSet<>();
        return surveyed.stream()
                .map(one ->
                        one.place().isEmpty() || origins.add(one.place().get().origin())
                                ? one
                                : SurveyedDisk.without(
                                        one.disk(),
                                        unpaired(
                                                one.disk(),
                                                "disk-hook-unclear",
                                                "the hook calls it '"
                                                        + one.place().get().origin() + "' as another disk")))
                .toList();
    }

    private static boolean onHost(Disk disk) {
        return (disk.source() == Disk.Source.DEVICE || disk.source() == Disk.Source.FILE)
                && disk.path().startsWith("/")
                && disk.path().chars().noneMatch(Character::isISOControl);
    }

    private static SurveyedDisk surveyed(Hypervisor host, DiskHook hook, Disk disk, List<String> row) {
        if (row.size() == 4
                && row.get(0).equals("ok")
                && !row.get(1).isEmpty()
                && row.get(1).length() <= ORIGIN_CHARACTERS_MAX
                && row.get(3).matches("\\d{1,18}")) {
            return SurveyedDisk.at(
                    disk,
                    new DiskPlace(
                            Engine.EXTERNAL, hook.name() + ":" + row.get(1), row.get(2), Long.parseLong(row.get(3))));
        }
        if (isNo(row)) {
            return SurveyedDisk.without(disk, unpaired(disk, row.get(1), row.get(2)));
        }
        throw hook.failed("survey", host, "it answers '" + String.join(" ", row) + "'");
    }

    private static boolean isNo(List<String> row) {
        return row.size() == 3 && row.get(0).equals("no") && row.get(1).matches("[a-z0-9-]{1,40}");
    }

    private static Reason unpaired(Disk disk, String code, String text) {
        return new Reason(
                code,
                "disk '" + disk.target() + "' cannot be part of the checkpoint: " + text,
                "So says the disk hook. With '--disks none' the checkpoint holds memory alone.");
    }

    /** Only the host itself could tell. */
    @Override
    public List<Optional<String>> identities(Hypervisor host, List<String> paths) {
        return paths.stream().map(path -> Optional.<String>empty()).toList();
    }

    @Override
    public List<Reason> heldBy(Hypervisor host, List<PairedDisk> disks) {
        return List.of();
    }

    @Override
    public Armed arm(Hypervisor host, SnapshotMark mark, List<SurveyedDisk> disks) {
        DiskHook hook = taking.orElseThrow(() -> new IllegalStateException("no hook takes new states"));
        return HookArmed.of(hook, host, mark, disks);
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, List<PairedDisk> disks, boolean replacing) {
        List<Reason> reasons = new ArrayList<>();
        Map<String, List<PairedDisk>> byHook = grouped(disks, disk -> hookOf(disk.snapshot()));
        byHook.forEach((name, some) -> {
            DiskHook hook = hooks.get(name);
            if (hook == null) {
                reasons.add(missing(name));
                return;
            }
            List<List<String>> rows = hook.ask(
                    host,
                    "inspect",
                    some.stream()
                            .map(disk -> row(
                                    HookState.parse(disk.snapshot()),
                                    disk.snapshotIdentity(),
                                    replacing ? "replace" : "copy"))
                            .toList(),
                    LOOK);
            for (int i = 0; i < some.size(); i++) {
                obstacle(host, hook, some.get(i), rows.get(i)).ifPresent(reasons::add);
            }
        });
        return reasons;
    }

    private static Optional<Reason> obstacle(Hypervisor host, DiskHook hook, PairedDisk disk, List<String> row) {
        if (row.equals(List.of("ok"))) {
            return Optional.empty();
        }
        if (!isNo(row)) {
            throw hook.failed("inspect", host, "it answers '" + String.join(" ", row) + "'");
        }
        return Optional.of(new Reason(
                row.get(1),
                "disk '" + disk.target() + "' cannot be given its state back on host '"
                        + host.host().name() + "': " + row.get(2),
                "So says disk hook '" + hook.name() + "'; another checkpoint may have all of its states."));
    }

    private static Reason missing(String name) {
        return new Reason(
                "disk-hook-missing",
                "disk hook '" + name + "' keeps the states of the disks, and no disk hook of that name is known here",
                "Name it with 'disk_hook' in a policy of the configuration, or with '--disk-hook'.");
    }

    @Override
    public List<ReplacedDisk> planned(List<PairedDisk> disks, SnapshotMark mark, String moment) {
        return disks.stream()
                .map(disk -> HookState.parse(disk.snapshot()))
                .map(state -> new ReplacedDisk(
                        Engine.EXTERNAL,
                        state.originReference(),
                        HookState.kept(state.originReference(), mark, moment).reference()))
                .toList();
    }

    @Override
    public SnapshotContents contents() {
        throw new UnsupportedOperationException("what a hook keeps is in no store");
    }

    @Override
    public void revert(Hypervisor host, List<PairedDisk> disks, SnapshotMark mark, String moment) {
        change(host, "revert", disks, disk -> hookOf(disk.snapshot()), disk -> {
            HookState state = HookState.parse(disk.snapshot());
            return row(
                    state,
                    disk.snapshotIdentity(),
                    HookState.kept(state.originReference(), mark, moment).label());
        });
    }

    @Override
    public void putBack(Hypervisor host, List<ReplacedDisk> disks) {
        change(host, "put-back", disks, disk -> hookOf(disk.kept()), disk -> row(HookState.parse(disk.kept())));
    }

    @Override
    public void exchange(Hypervisor host, List<ReplacedDisk> disks, SnapshotMark mark, String moment) {
        change(host, "exchange", disks, disk -> hookOf(disk.kept()), disk -> {
            HookState state = HookState.parse(disk.kept());
            return row(
                    state, HookState.kept(state.originReference(), mark, moment).label());
        });
    }

    /** Beside the original, under the copy's name. */
    @Override
    public List<CopiedDisk> plannedCopies(List<PairedDisk> disks, String copyName) {
        return disks.stream()
                .map(disk -> {
                    String path =
                            disk.path().substring(0, disk.path().lastIndexOf('/') + 1) + copyName + "." + disk.target();
                    return new CopiedDisk(Engine.EXTERNAL, disk.target(), disk.snapshot(), path, path);
                })
                .toList();
    }

    @Override
    public void copy(Hypervisor host, List<CopiedDisk> copies) {
        each(copies, copy -> hookOf(copy.snapshot()), (hook, some) -> {
            List<List<String>> answers = hook.run(host, "copy", rows(some, HookDisks::row), CHANGE);
            for (List<String> answer : answers) {
                if (answer.size() == 2 && answer.get(0).equals("taken")) {
                    throw new Failed(
                            COPY_EXISTS,
                            "'" + answer.get(1) + "' is on host '" + host.host().name() + "' already",
                            "Choose another name for the copy, or remove that if it is not needed.");
                }
            }
        });
    }

    @Override
    public void removeCopies(Hypervisor host, List<CopiedDisk> copies) {
        change(host, "remove-copy", copies, copy -> hookOf(copy.snapshot()), HookDisks::row);
    }

    @Override
    public List<FoundSnapshot> list(Hypervisor host) {
        List<FoundSnapshot> found = new ArrayList<>();
        for (DiskHook hook : hooks.values()) {
            for (List<String> row : hook.run(host, "list", List.of(), LOOK)) {
                if (row.size() == 2) {
                    new HookState(hook.name(), row.get(0), row.get(1)).found().ifPresent(found::add);
                }
            }
        }
        return found;
    }

    @Override
    public void remove(Hypervisor host, List<FoundSnapshot> snapshots) {
        change(host, "remove", snapshots, one -> hookOf(one.reference()), one -> row(HookState.parse(one.reference())));
    }

    private <T> void change(
            Hypervisor host,
            String verb,
            List<T> all,
            Function<T, String> hookName,
            Function<T, List<String>> described) {
        each(all, hookName, (hook, some) -> hook.run(host, verb, rows(some, described), CHANGE));
    }

    private <T> void each(List<T> all, Function<T, String> hookName, BiConsumer<DiskHook, List<T>> work) {
        grouped(all, hookName).forEach((name, some) -> {
            DiskHook hook = hooks.get(name);
            if (hook == null) {
                Reason why = missing(name);
                throw new Failed(why.code(), why.text(), why.hint());
            }
            work.accept(hook, some);
        });
    }

    private static <T> Map<String, List<T>> grouped(List<T> all, Function<T, String> name) {
        Map<String, List<T>> groups = new LinkedHashMap<>();
        all.forEach(one -> groups.computeIfAbsent(name.apply(one), unused -> new ArrayList<>())
                .add(one));
        return groups;
    }

    private static <T> List<List<String>> rows(List<T> some, Function<T, List<String>> described) {
        return some.stream().map(described).toList();
    }

    private static List<String> row(CopiedDisk copy) {
        return row(HookState.parse(copy.snapshot()), copy.path());
    }

    static List<String> row(HookState state, String... more) {
        List<String> row = new ArrayList<>(List.of(state.origin(), state.label()));
        row.addAll(List.of(more));
        return row;
    }

    private static String hookOf(String reference) {
        return HookState.parse(reference).hook();
    }
}
