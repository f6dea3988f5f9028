package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out what no checkpoint needs any more, and writes packs anew without it. A page keeps its slot, so nothing that leads to it
 * changes. Whatever stays in a pack can be read: the pages that it is a difference to stay too. For one thread.
 */
public final class PackCollection implements AutoCloseable {

    /** Written anew is a pack of which this share is not needed: below it, more is copied than is freed. */
    public static final double DEAD_SHARE = 0.25;

    /** What is to be done with a pack. */
    public enum Action {
        REMOVE,
        REWRITE
    }

    /**
     * One step.
     *
     * @param pack whose it is
     * @param bytes about how many it frees
     */
    public record Step(String pack, Action action, long bytes) {}

    private final Packs packs;
    private final Workbench bench;
    private final double deadShare;
    private final Marks needed;
    private final Marks staying;

    /**
     * Makes a collection.
     *
     * @param deadShare 0 to 1: packs of whose pages at least this share is not needed are written anew
     */
    public PackCollection(Packs packs, double deadShare) {
        this.packs = packs;
        this.bench = new Workbench(packs);
        this.deadShare = deadShare;
        this.needed = new Marks(packs);
        this.staying = new Marks(packs);
    }

    /**
     * Decides what to do. Whoever leads to a page gives it up before the page goes: else a collection that was cut short would leave
     * differences to pages that are not there, and the next capture could take them for what they were.
     *
     * @param checkpoints all there are
     * @param all packs there are
     */
    public List<Step> plan(Collection<String> checkpoints, Collection<String> all) throws IOException {
        for (String checkpoint : checkpoints) {
            needed.addCheckpoint(bench, checkpoint);
        }
        needed.addBases(bench);
        staying.addAll(needed);
        List<Step> steps = new ArrayList<>();
        for (String name : leadingFirst(all)) {
            Optional<Step> step = step(name);
            if (step.isPresent()) {
                steps.add(step.get());
            } else {
                staying.addPresent(packs.number(name));
            }
        }
        staying.addBases(bench);
        return steps;
    }

    /** Returns them so that each comes before those it leads to. */
    private List<String> leadingFirst(Collection<String> all) throws IOException {
        Set<String> seen = new HashSet<>();
        Deque<String> ordered = new ArrayDeque<>();
        for (String name : all) {
            addAfterThoseItLeadsTo(name, all, seen, ordered);
        }
        return List.copyOf(ordered);
    }

    private void addAfterThoseItLeadsTo(String from, Collection<String> all, Set<String> seen, Deque<String> ordered)
            throws IOException {
        // Not by recursion: a chain can be as long as a guest's history.
        Deque<String> path = new ArrayDeque<>();
        if (seen.add(from)) {
            path.addLast(from);
        }
        while (!path.isEmpty()) {
            Optional<String> next = packs.pack(path.getLast()).leadsTo().stream()
                    .filter(lead -> all.contains(lead) && seen.add(lead))
                    .findFirst();
            if (next.isPresent()) {
                path.addLast(next.get());
            } else {
                ordered.addFirst(path.removeLast());
            }
        }
    }

    private Optional<Step> step(String name) throws IOException {
        int number = packs.number(name);
        PackFile pack = packs.pack(number);
        BitSet alive = needed.of(number);
        if (alive.isEmpty() && !needed.mapNeeded(number)) {
            return Optional.of(new Step(name, Action.REMOVE, pack.bytes()));
        }
        long present = 0;
        long dead = 0;
        long bytes = 0;
        for (int frame = 0; frame < pack.frameCount(); frame++) {
            int here = Long.bitCount(pack.present(frame));
            int alone = here - Long.bitCount(pack.present(frame) & word(alive, frame));
            present += here;
            dead += alone;
            bytes += here == 0 ? 0 : (long) pack.frameBytes(frame) * alone / here;
        }
        return dead > 0 && dead >= present * deadShare
                ? Optional.of(new Step(name, Action.REWRITE, bytes))
                : Optional.empty();
    }

    /**
     * Returns whether a step may still be done, now that these checkpoints have come since the plan was made. To be asked under the
     * store's lock, which is not to be let go of before the step is done.
     */
    public boolean stillRight(Collection<String> come) throws IOException {
        Marks more = new Marks(packs);
        Set<Integer> own = new HashSet<>();
        for (String checkpoint : come) {
            own.add(packs.number(checkpoint));
            more.addCheckpoint(bench, checkpoint);
            more.addPresent(packs.number(checkpoint));
        }
        more.addBases(bench);
        // Their own packs are no part of the plan.
        return more.within(staying, own);
    }

    /** Returns whether a checkpoint needs pages of a pack that is not there, or is damaged. */
    public boolean needsLost() {
        return !needed.of(Slot.GONE).isEmpty();
    }

    /** Takes it that a step is not done: all that is in its pack stays, with what that leads to. */
    public void notDone(String name) throws IOException {
        staying.addPresent(packs.number(name));
        staying.addBases(bench);
    }

    /** Returns whether a pack that is to be removed has something that stays after all, because others are differences to it. */
    public boolean stays(String name) throws IOException {
        int number = packs.number(name);
        return !staying.of(number).isEmpty() || staying.mapNeeded(number);
    }

    /**
     * Writes a pack without what is not needed.
     *
     * @param target an empty file
     * @param salt 16 random bytes
     */
    public void rewrite(String name, FileChannel target, byte[] salt) throws IOException {
        new PackRewriter(packs, bench, name, staying.of(packs.number(name))).write(target, salt);
    }

    static long word(BitSet bits, int frame) {
        long word = 0;
        int from = frame * PackLayout.FRAME_SLOTS;
        for (int bit = bits.nextSetBit(from);
                bit >= 0 && bit < from + PackLayout.FRAME_SLOTS;
                bit = bits.nextSetBit(bit + 1)) {
            word |= 1L << (bit - from);
        }
        return word;
    }

    @Override
    public void close() {
        bench.close();
    }
}
