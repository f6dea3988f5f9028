package org.vfrt.core.migrate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.placement.Guards;
import org.vfrt.core.placement.Move;
import org.vfrt.core.placement.PlanDocument;
import org.vfrt.core.placement.PlannedMove;
import org.vfrt.core.placement.PoolLoad;

/**
 * Does what a plan says, wave by wave, a few guests at once. The pool is looked at again before each move: a plan is only good for the pool that it was
 * made for, and the first surprise ends it.
 */
public final class ApplyPlan {

    private final Supplier<PoolLoad> look;
    private final Mover mover;
    private final Guards guards;

    /**
     * @param look asks all hosts what they carry; called by one thread
     * @param guards how many guests may move at once
     */
    public ApplyPlan(Supplier<PoolLoad> look, Mover mover, Guards guards) {
        this.look = look;
        this.mover = mover;
        this.guards = guards;
    }

    /** What migrates one guest. Called by several threads at once, for different guests. */
    @FunctionalInterface
    public interface Mover {

        /** @throws Failure when the guest is not where it should go */
        MigrateGuest.Outcome move(Move move, Progress progress);
    }

    /** What became of a move. */
    public enum Result {
        DONE,
        FAILED,
        NOT_BEGUN
    }

    /**
     * What became of one move of the plan.
     *
     * @param wave the first is 1
     * @param outcome when it was done
     * @param failure when it failed
     */
    public record Step(
            PlannedMove planned,
            int wave,
            Result result,
            Optional<MigrateGuest.Outcome> outcome,
            Optional<Failure> failure) {}

    /**
     * Applies the plan.
     *
     * @param stop asked before each move whether to begin no more
     * @param announcement hears of each move before it begins
     * @return what became of each move, in the order of the plan
     * @throws Refused when the pool is not the one that the plan was made for; nothing was touched
     */
    public List<Step> run(
            PlanDocument plan, BooleanSupplier stop, Consumer<PlannedMove> announcement, Progress progress) {
        // What is in the way of single moves whoever made or read the plan has asked.
        new CheckPlan(Road.CLEAR).run(plan, look.get());
        ExecutorService threads = Executors.newFixedThreadPool(guards.parallelMax());
        try {
            return new Run(plan, stop, announcement, new PlanProgress(plan.moves(), progress), threads).steps();
        } finally {
            threads.shutdown();
        }
    }

    /** A move that ended, whichever way. Exactly one of the three is there. */
    private record Ended(
            int number, Optional<MigrateGuest.Outcome> outcome, Optional<Failure> failure, Optional<Throwable> bug) {}

    private final class Run {

        private final PlanDocument plan;
        private final BooleanSupplier stop;
        private final Consumer<PlannedMove> announcement;
        private final PlanProgress progress;
        private final ExecutorService threads;
        private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
        private final Map<Integer, Ended> results = new HashMap<>();
        private final Map<String, Integer> comings = new HashMap<>();
        private final Map<String, Integer> goings = new HashMap<>();
        private final List<Move> underWay = new ArrayList<>();
        private final Map<String, Long> limits = new HashMap<>();
        private int running;
        private boolean over;

        Run(
                PlanDocument plan,
                BooleanSupplier stop,
                Consumer<PlannedMove> announcement,
                PlanProgress progress,
                ExecutorService threads) {
            this.plan = plan;
            this.stop = stop;
            this.announcement = announcement;
            this.progress = progress;
            this.threads = threads;
        }

        List<Step> steps() {
            int first = 0;
            for (List<PlannedMove> wave : plan.waves()) {
                List<Integer> pending = new ArrayList<>();
                for (int i = 0; i < wave.size(); i++) {
                    pending.add(first + i);
                }
                first += wave.size();
                begin(pending);
                while (running > 0) {
                    await();
                    begin(pending);
                }
            }
            results.values().stream()
                    .flatMap(one -> one.bug().stream())
                    .findFirst()
                    .ifPresent(bug -> {
                        if (bug instanceof Error error) {
                            throw error;
                        }
                        throw (RuntimeException) bug;
                    });
            List<Step> steps = new ArrayList<>();
            int wave = 0;
            for (List<PlannedMove> moves : plan.waves()) {
                wave++;
                for (PlannedMove move : moves) {
                    steps.add(step(move, wave, Optional.ofNullable(results.get(steps.size()))));
                }
            }
            return steps;
        }

        private static Step step(PlannedMove move, int wave, Optional<Ended> end) {
            Result result = end.map(one -> one.failure().isPresent() ? Result.FAILED : Result.DONE)
                    .orElse(Result.NOT_BEGUN);
            return new Step(move, wave, result, end.flatMap(Ended::outcome), end.flatMap(Ended::failure));
        }

        private void begin(List<Integer> pending) {
            for (int number : List.copyOf(pending)) {
                Move move = plan.moves().get(number).move();
                if (over || running >= guards.parallelMax()) {
                    return;
                }
                if (comings.getOrDefault(move.to(), 0) >= guards.inflowMax()
                        || goings.getOrDefault(move.from(), 0) >= guards.inflowMax()) {
                    continue;
                }
                if (stop.getAsBoolean()) {
                    over = true;
                    return;
                }
                pending.remove((Integer) number);
                try {
                    stillGood(move);
                } catch (Failure failure) {
                    over = true;
                    results.put(number, new Ended(number, Optional.empty(), Optional.of(failure), Optional.empty()));
                    return;
                }
                announcement.accept(plan.moves().get(number));
                count(move, 1);
                threads.execute(() -> ended.add(move(number, move)));
            }
        }

        private void count(Move move, int more) {
            running += more;
            if (more > 0) {
                underWay.add(move);
            } else {
                underWay.remove(move);
            }
            comings.merge(move.to(), more, Integer::sum);
            goings.merge(move.from(), more, Integer::sum);
        }

        private Ended move(int number, Move move) {
            try {
                MigrateGuest.Outcome outcome = mover.move(move, progress.of(number));
                progress.done(number);
                return new Ended(number, Optional.of(outcome), Optional.empty(), Optional.empty());
            } catch (Failure failure) {
                return new Ended(number, Optional.empty(), Optional.of(failure), Optional.empty());
            } catch (RuntimeException | Error bug) {
                return new Ended(number, Optional.empty(), Optional.empty(), Optional.of(bug));
            }
        }

        /** To leave a guest in the middle because this thread is interrupted would help nobody. */
        private void await() {
            boolean interrupted = false;
            while (true) {
                try {
                    Ended one = ended.take();
                    results.put(one.number(), one);
                    count(plan.moves().get(one.number()).move(), -1);
                    over |= one.outcome().isEmpty();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                over = true;
                Thread.currentThread().interrupt();
            }
        }

        /**
         * Guests that are under way count as being where they go. Their new host has set memory apart for them, more with each moment, which it has for
         * no other guest: that is part of what they take, and does not make the host smaller. How large it is was seen when nothing was under way.
         */
        private PoolLoad withArrivals(PoolLoad now) {
            if (underWay.isEmpty()) {
                now.hosts().forEach(host -> limits.put(host.name(), host.limit().memoryBytes()));
                return now;
            }
            Map<String, Long> arriving = new HashMap<>();
            for (Move move : underWay) {
                now.guests().stream()
                        .filter(guest -> guest.name().equals(move.guest())
                                && !guest.host().equals(move.to()))
                        .forEach(guest -> arriving.merge(move.to(), guest.need().memoryBytes(), Long::sum));
            }
            return now.after(underWay).withHosts(host -> {
                long seen = host.limit().memoryBytes();
                long most = Math.max(seen, limits.getOrDefault(host.name(), seen));
                return host.limitedTo(Math.min(most, seen + arriving.getOrDefault(host.name(), 0L)));
            });
        }

        /** Also by the rules, as the plan sees them: the one that migrates does not know that a host is being emptied. */
        private void stillGood(Move move) {
            MoveFits.demand(withArrivals(plan.seen(look.get())), move);
        }
    }
}
