package org.vfrt.core.placement;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Compares vfrt's search with hbal and with proven optima. Run by scripts/bench/placement, which makes the files that it reads:
 *
 * <pre>
 * DIR/POOL.data    pools
 * DIR/hbal.tsv     pool, initial score, final score, moves, seconds
 * DIR/optimum.tsv  pool, most moves, status, objective, bound, seconds
 * DIR/hcheck.tsv   pool, hosts that cannot be evacuated
 * </pre>
 */
final class PlacementBench {

    private static final Duration SEARCH = Duration.ofSeconds(1);
    private static final Duration PROBE = Duration.ofMillis(500);

    /** The sum of the variances of memory and of virtual CPUs: what CP-SAT can prove the least value of. */
    private static final Metric VARIANCE = new Metric(Metric.HBAL.weights(), Metric.HBAL.thresholds(), false);

    private final Path directory;

    private PlacementBench(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] args) throws IOException {
        switch (args[0]) {
            case "compare" -> new PlacementBench(Path.of(args[1])).compare();
            case "optimum" -> new PlacementBench(Path.of(args[1])).optimum();
            case "plan" -> plan(Path.of(args[1]), Integer.parseInt(args[2]));
            case "safety" -> safety(Integer.parseInt(args[1]));
            case "hcheck" -> new PlacementBench(Path.of(args[1])).hcheck();
            case "survival" -> survival(Integer.parseInt(args[1]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private record Hbal(String pool, double initial, double end, int moves, double seconds) {}

    private void compare() throws IOException {
        System.out.println(
                "| pool | hosts/guests | initial | hbal | moves | s | vfrt, same moves | ratio | s | moves for hbal's score | greedy |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
        List<Double> ratios = new ArrayList<>();
        List<Double> moves = new ArrayList<>();
        int parity = 0;
        int greedyParity = 0;
        int pools = 0;
        for (String line : Files.readAllLines(directory.resolve("hbal.tsv"))) {
            String[] field = line.split("\t", -1);
            Hbal hbal = new Hbal(
                    field[0],
                    Double.parseDouble(field[1]),
                    Double.parseDouble(field[2]),
                    Integer.parseInt(field[3]),
                    Double.parseDouble(field[4]));
            PoolLoad pool = HtoolsText.read(Files.readString(directory.resolve(hbal.pool + ".data")));
            Layout greedy = new Layout(pool, Metric.HBAL);
            boolean sameStart = Math.abs(greedy.imbalance() - hbal.initial) < 1e-6;
            int steps = new Descent(greedy, new Budget(Duration.ofMinutes(1))).run(Integer.MAX_VALUE);
            boolean sameEnd = Math.abs(greedy.imbalance() - hbal.end) < 1e-6 && steps == hbal.moves;
            parity += sameStart ? 1 : 0;
            greedyParity += sameEnd ? 1 : 0;
            pools++;
            if (!field[5].equals("compared")) {
                continue;
            }
            long begun = System.nanoTime();
            double found = search(pool, Metric.HBAL, hbal.moves, SEARCH).imbalance();
            double seconds = (System.nanoTime() - begun) / 1e9;
            int fewest = fewest(pool, hbal);
            ratios.add(found / hbal.end);
            moves.add((double) fewest / hbal.moves);
            print(
                    "| %s | %d/%d | %.4f | %.6f | %d | %.2f | %.6f | %.3f | %.2f | %d | %s |%n",
                    hbal.pool,
                    pool.hosts().size(),
                    pool.guests().size(),
                    hbal.initial,
                    hbal.end,
                    hbal.moves,
                    hbal.seconds,
                    found,
                    found / hbal.end,
                    seconds,
                    fewest,
                    sameEnd ? "same" : String.format(Locale.ROOT, "%.6f in %d", greedy.imbalance(), steps));
        }
        print(
                "%n%d pools: the initial score is hbal's in %d, greedy descent ends as hbal does in %d%n",
                pools, parity, greedyParity);
        print(
                "parity_pools=%d score_ratio_median=%.3f score_ratio_max=%.3f moves_ratio_median=%.3f moves_ratio_max=%.3f%n",
                parity, median(ratios), max(ratios), median(moves), max(moves));
    }

    private static Layout search(PoolLoad pool, Metric metric, int movesMax, Duration time) {
        Budget budget = new Budget(time);
        Layout layout = new Layout(pool, metric);
        new Descent(layout, budget).run(movesMax);
        new Refinement(layout, movesMax, 1).run(Refinement.UNBOUNDED, budget);
        return layout;
    }

    /** Halves the interval: with fewer moves a score is not reached more easily. */
    private static int fewest(PoolLoad pool, Hbal hbal) {
        int reached = hbal.moves;
        int missed = 0;
        while (reached - missed > 1) {
            int middle = (reached + missed) / 2;
            if (search(pool, Metric.HBAL, middle, PROBE).imbalance() <= hbal.end + 1e-9) {
                reached = middle;
            } else {
                missed = middle;
            }
        }
        return reached;
    }

    private void optimum() throws IOException {
        System.out.println("| pool | most moves | greedy | vfrt in 1 s | proven optimum | gap % | CP-SAT s |");
        System.out.println("|---|---|---|---|---|---|---|");
        List<Double> gaps = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve("optimum.tsv"))) {
            String[] field = line.split("\t", -1);
            PoolLoad pool = HtoolsText.read(Files.readString(directory.resolve(field[0] + ".data")));
            int movesMax = Integer.parseInt(field[1]);
            double least = Double.parseDouble(field[3]);
            Layout greedy = new Layout(pool, VARIANCE);
            new Descent(greedy, new Budget(SEARCH)).run(movesMax);
            double found = search(pool, VARIANCE, movesMax, SEARCH).imbalance();
            boolean proven = field[2].equals("OPTIMAL");
            double gap = 100 * (found / least - 1);
            if (proven) {
                gaps.add(gap);
            }
            print(
                    "| %s | %d | %.9f | %.9f | %.9f%s | %.3f | %s |%n",
                    field[0],
                    movesMax,
                    greedy.imbalance(),
                    found,
                    least,
                    proven ? "" : " (not proven, bound " + field[4] + ")",
                    gap,
                    field[5]);
        }
        long near = gaps.stream().filter(gap -> gap <= 0.1).count();
        print("%n%d proven, %d of them within 0.1 %%%n", gaps.size(), near);
        print("optimum_proven=%d optimum_gap_max=%.3f%n", gaps.size(), max(gaps));
    }

    private static void plan(Path file, int movesMax) throws IOException {
        PoolLoad pool = HtoolsText.read(Files.readString(file));
        Plan plan = new PlanMoves(Metric.BALANCE, Guards.DEFAULT.withMovesMax(movesMax), 1)
                .run(pool, PlanMoves.Goal.BALANCE);
        print(
                "%d hosts, %d guests: %d moves, index %.2f to %.2f%n",
                pool.hosts().size(),
                pool.guests().size(),
                plan.moves().size(),
                plan.before().index(Metric.BALANCE),
                plan.after().index(Metric.BALANCE));
    }

    /** Proves plans of random pools move by move, as the unit test does with fewer. */
    private static void safety(int count) {
        RandomPools pools = new RandomPools(7);
        Guards guards = new Guards(10, 0.5, 0.02, 10, 1, 2, 20_000, Duration.ofSeconds(30));
        PlanMoves planner = new PlanMoves(Metric.BALANCE, guards, 1);
        int moves = 0;
        int again = 0;
        for (int i = 0; i < count; i++) {
            PoolLoad pool = pools.next(6, 8);
            Plan plan = planner.run(pool, PlanMoves.Goal.BALANCE);
            PlanProof.isSafe(pool, plan, "pool " + i);
            moves += plan.moves().size();
            if (!plan.cut()
                    && !planner.run(pool.after(plan.moves()), PlanMoves.Goal.BALANCE)
                            .moves()
                            .isEmpty()) {
                again++;
            }
        }
        print(
                "%d random pools: %d moves, each possible when its turn comes; planned again after them: moves in %d%n",
                count, moves, again);
    }

    /** Asks of random pools whether they survive the failure of each host or rack, and tries every packing to see whether that is so. */
    private static void survival(int count) {
        RandomPools pools = new RandomPools(11);
        int failures = 0;
        int survived = 0;
        int unsure = 0;
        int wrong = 0;
        for (int i = 0; i < count; i++) {
            PoolLoad pool = pools.next(6, 4);
            for (Survival survival : new SurviveFailures().run(pool)) {
                BruteForce failure = new BruteForce(pool, survival.hosts());
                failures++;
                survived += survival.all() ? 1 : 0;
                unsure += survival.proven() ? 0 : 1;
                wrong += survival.all() == failure.canPack() && failure.allows(survival.moves()) ? 0 : 1;
            }
        }
        print(
                "%d random pools: %d failures of a host or a rack, %d survived; brute force disagrees on %d"
                        + " (%d were given up as not survived, without proof)%n",
                count, failures, survived, wrong, unsure);
        print("n1_pools=%d n1_disagreements=%d%n", count, wrong);
    }

    /**
     * Counts the hosts whose guests would find no place. hcheck says how many, not which; it places guest after guest and takes none back, so
     * it can only object to more hosts than a search of all packings does.
     */
    private void hcheck() throws IOException {
        int pools = 0;
        int hosts = 0;
        int agreed = 0;
        int theirs = 0;
        int ours = 0;
        int more = 0;
        int fewer = 0;
        int unsure = 0;
        for (String line : Files.readAllLines(directory.resolve("hcheck.tsv"))) {
            String[] field = line.split("\t", -1);
            PoolLoad pool = HtoolsText.read(Files.readString(directory.resolve(field[0] + ".data")));
            int objections = 0;
            for (Survival survival : new SurviveFailures().run(pool)) {
                boolean all = survival.all() && new BruteForce(pool, survival.hosts()).allows(survival.moves());
                objections += all ? 0 : 1;
                unsure += survival.proven() ? 0 : 1;
            }
            int hchecks = Integer.parseInt(field[1]);
            pools++;
            hosts += pool.hosts().size();
            theirs += hchecks;
            ours += objections;
            agreed += objections == hchecks ? 1 : 0;
            fewer += objections < hchecks ? 1 : 0;
            more += objections > hchecks ? 1 : 0;
        }
        print(
                "%d pools with %d hosts: hcheck cannot evacuate %d hosts, vfrt %d (%d of them without proof);"
                        + " as many in %d pools, vfrt fewer in %d, vfrt more in %d%n",
                pools, hosts, theirs, ours, unsure, agreed, fewer, more);
        print("hcheck_pools=%d hcheck_agree=%d hcheck_vfrt_more=%d%n", pools, agreed, more);
    }

    private static void print(String format, Object... arguments) {
        System.out.printf(Locale.ROOT, format, arguments);
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double max(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }
}
