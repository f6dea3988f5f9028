package org.vfrt.core.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who is where, and what that adds up to: each part of the score, kept up to date move by move in a few operations, however large the
 * pool is. For one thread.
 *
 * <p>What moves here is a unit: a guest, or all guests that a hard rule keeps together.
 */
final class Layout {

    private static final int RESOURCES = Resource.COUNT;

    private final PoolLoad pool;
    private final Metric metric;
    private final Units units;
    private final Compatibility compatibility;
    private final RuleCounts rules;

    private final int hosts;
    private final boolean[] online;
    private final int onlineCount;
    private final double[] perCapacity;
    private final double[] limit;
    private final double[] limitUse;
    private final double[] load;
    private final double[] use;
    private final double[] weight = new double[RESOURCES];
    private final double[] threshold = new double[RESOURCES];

    private final int[] at;
    private final boolean[] anywhere;
    private BitSet held = new BitSet();
    private int moved;

    private final double[] sum = new double[RESOURCES];
    private final double[] squares = new double[RESOURCES];
    private final double[] share = new double[RESOURCES];
    private double excess;
    private double overload;
    private double imbalance;

    /** Which move {@link #weigh} was about last, and what it adds to each part of the score; -1 when a move has been made since. */
    private int weighedUnit = -1;

    private int weighedTo;
    private double addedViolations;

    private int addedSoft;
    private double addedOverload;
    private double addedImbalance;

    Layout(PoolLoad pool, Metric metric) {
        this.pool = pool;
        this.metric = metric;
        this.hosts = pool.hosts().size();
        Names names = new Names(pool);
        this.units = Units.of(pool, names);
        this.compatibility = new Compatibility(pool, names, units);
        this.at = units.homes();
        this.rules = new RuleCounts(pool, names, units, at);
        this.online = new boolean[hosts];
        this.perCapacity = new double[hosts * RESOURCES];
        this.limit = new double[hosts * RESOURCES];
        this.limitUse = new double[hosts * RESOURCES];
        this.load = new double[hosts * RESOURCES];
        this.use = new double[hosts * RESOURCES];
        int count = 0;
        for (int host = 0; host < hosts; host++) {
            HostLoad facts = pool.hosts().get(host);
            online[host] = facts.state() == HostLoad.State.ONLINE;
            count += online[host] ? 1 : 0;
            for (Resource resource : Resource.ALL) {
                int cell = host * RESOURCES + resource.column();
                perCapacity[cell] = 1 / facts.capacity().of(resource);
                limit[cell] = facts.limit().of(resource);
                limitUse[cell] = limit[cell] * perCapacity[cell];
            }
        }
        this.onlineCount = count;
        this.anywhere = new boolean[at.length];
        for (int unit = 0; unit < at.length; unit++) {
            anywhere[unit] = compatibility.suitable(unit).cardinality() == count && !rules.hasHard(unit);
        }
        for (Resource resource : Resource.ALL) {
            weight[resource.column()] = metric.weights().of(resource);
            threshold[resource.column()] = metric.thresholds().of(resource);
        }
        addUp();
    }

    private void load() {
        for (int host = 0; host < hosts; host++) {
            for (Resource resource : Resource.ALL) {
                load[host * RESOURCES + resource.column()] =
                        pool.hosts().get(host).taken().of(resource);
            }
        }
        for (int unit = 0; unit < at.length; unit++) {
            for (int resource = 0; resource < RESOURCES; resource++) {
                load[at[unit] * RESOURCES + resource] += units.need(unit, resource);
            }
        }
    }

    /** Makes the sums anew: what millions of moves and moves back leave in them of rounding is gone then. */
    void addUp() {
        load();
        Arrays.fill(sum, 0);
        Arrays.fill(squares, 0);
        overload = 0;
        excess = 0;
        for (int host = 0; host < hosts; host++) {
            for (int resource = 0; resource < RESOURCES; resource++) {
                int cell = host * RESOURCES + resource;
                use[cell] = load[cell] * perCapacity[cell];
                excess += above(use[cell], limitUse[cell]);
                if (online[host]) {
                    sum[resource] += use[cell];
                    squares[resource] += use[cell] * use[cell];
                    overload += square(above(use[cell], threshold[resource]));
                }
            }
        }
        imbalance = 0;
        for (int resource = 0; resource < RESOURCES; resource++) {
            share[resource] = imbalance(resource, sum[resource], squares[resource]);
            imbalance += share[resource];
        }
    }

    private double imbalance(int resource, double sums, double squaresOf) {
        if (onlineCount == 0 || weight[resource] == 0) {
            return 0;
        }
        double mean = sums / onlineCount;
        return metric.imbalance(weight[resource], squaresOf / onlineCount - mean * mean);
    }

    private static double above(double value, double bound) {
        return value > bound ? value - bound : 0;
    }

    private static double square(double value) {
        return value * value;
    }

    int hosts() {
        return hosts;
    }

    int units() {
        return at.length;
    }

    int hostOf(int unit) {
        return at[unit];
    }

    int homeOf(int unit) {
        return units.home(unit);
    }

    boolean isHome(int unit) {
        return at[unit] == units.home(unit);
    }

    /** Returns how many guests are elsewhere than they were. */
    int moved() {
        return moved;
    }

    int size(int unit) {
        return units.members(unit).length;
    }

    boolean online(int host) {
        return online[host];
    }

    /** Lets no unit of these be moved by a search, until others are named. */
    void hold(BitSet some) {
        held = (BitSet) some.clone();
    }

    boolean movable(int unit) {
        return !held.get(unit)
                && !units.bound(unit)
                && pool.hosts().get(units.home(unit)).state() != HostLoad.State.UNKNOWN;
    }

    /** Returns whether no other host can start the unit when its own dies, whatever room there is. */
    boolean diesWithHost(int unit) {
        return units.diesWithHost(unit);
    }

    double use(int host, int resource) {
        return use[host * RESOURCES + resource];
    }

    double need(int unit, int resource) {
        return units.need(unit, resource);
    }

    double free(int host, int resource) {
        int cell = host * RESOURCES + resource;
        return limit[cell] - load[cell];
    }

    /** Returns the hosts that have what the unit needs and that it may be moved to, whoever else is on them. */
    BitSet reachable(int unit) {
        return compatibility.reachable(unit);
    }

    /** Returns whether the unit can be moved to a host: the host is suited to it, stays within its limits, and no hard rule forbids it. */
    boolean fits(int unit, int host) {
        return compatibility.reachable(unit).get(host)
                && hasRoom(unit, host)
                && rules.permits(unit, at[unit], host, -1, -1);
    }

    private boolean hasRoom(int unit, int host) {
        for (int resource = 0; resource < RESOURCES; resource++) {
            int cell = host * RESOURCES + resource;
            if (load[cell] + units.need(unit, resource) > limit[cell]) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the unit can be started on a host, and breaks no hard rule about guests there. */
    boolean takes(int unit, int host) {
        return compatibility.suitable(unit).get(host) && hasRoom(unit, host) && rules.addedHardAt(unit, host) <= 0;
    }

    /** Returns whether a hard rule about guests is about both units: whether one of them may move can depend on the other. */
    boolean shareRule(int unit, int other) {
        return rules.share(unit, other);
    }

    /** Returns whether a hard rule, or its host's state, forbids that the unit is where it is. */
    boolean mustGo(int unit) {
        return compatibility.hardBroken(unit, at[unit]) > 0;
    }

    /** Returns whether it is for this unit, where it is, that a hard rule about guests is broken. */
    boolean breaksRule(int unit) {
        return rules.breaksHard(unit, at[unit]);
    }

    List<String> names(int unit) {
        List<String> names = new ArrayList<>();
        for (int guest : units.members(unit)) {
            names.add(pool.guests().get(guest).name());
        }
        return names;
    }

    /** Returns whether the unit fits on every host that is online, if only there is room. */
    boolean goesAnywhere(int unit) {
        return anywhere[unit];
    }

    /** Returns the numbers of a unit's guests in the pool's list. */
    int[] members(int unit) {
        return units.members(unit);
    }

    /** Bundles units that a hard rule has together now, though each could be moved alone: they were apart when this began. */
    int[][] bundles(int[] some) {
        return rules.bundles(some, at);
    }

    /** Returns the units of each host. */
    int[][] unitsByHost() {
        int[] count = new int[hosts];
        for (int host : at) {
            count[host]++;
        }
        int[][] found = new int[hosts][];
        for (int host = 0; host < hosts; host++) {
            found[host] = new int[count[host]];
        }
        for (int unit = at.length - 1; unit >= 0; unit--) {
            found[at[unit]][--count[at[unit]]] = unit;
        }
        return found;
    }

    /** Returns whether the unit can be moved to a host from which another one goes. */
    boolean fitsInPlaceOf(int unit, int host, int leaving) {
        if (!compatibility.reachable(unit).get(host) || !rules.permits(unit, at[unit], host, leaving, at[leaving])) {
            return false;
        }
        for (int resource = 0; resource < RESOURCES; resource++) {
            int cell = host * RESOURCES + resource;
            if (load[cell] - units.need(leaving, resource) + units.need(unit, resource) > limit[cell]) {
                return false;
            }
        }
        return true;
    }

    /** Finds out what a move would add to each part of the score; the answers are good until the next call. */
    void weigh(int unit, int to) {
        int from = at[unit];
        double newExcess = 0;
        double newOverload = 0;
        double newImbalance = 0;
        for (int resource = 0; resource < RESOURCES; resource++) {
            double need = units.need(unit, resource);
            if (need == 0) {
                newImbalance += share[resource];
                continue;
            }
            int a = from * RESOURCES + resource;
            int b = to * RESOURCES + resource;
            double less = use[a] - need * perCapacity[a];
            double more = use[b] + need * perCapacity[b];
            newExcess += above(less, limitUse[a]) - above(use[a], limitUse[a]);
            newExcess += above(more, limitUse[b]) - above(use[b], limitUse[b]);
            double sums = sum[resource];
            double squaresOf = squares[resource];
            if (online[from]) {
                sums += less - use[a];
                squaresOf += less * less - use[a] * use[a];
                newOverload += square(above(less, threshold[resource])) - square(above(use[a], threshold[resource]));
            }
            if (online[to]) {
                sums += more - use[b];
                squaresOf += more * more - use[b] * use[b];
                newOverload += square(above(more, threshold[resource])) - square(above(use[b], threshold[resource]));
            }
            newImbalance += imbalance(resource, sums, squaresOf);
        }
        addedViolations = newExcess
                + compatibility.hardBroken(unit, to)
                - compatibility.hardBroken(unit, from)
                + rules.addedHard(unit, from, to);
        addedSoft = compatibility.softBroken(unit, to)
                - compatibility.softBroken(unit, from)
                + rules.addedSoft(unit, from, to);
        addedOverload = newOverload;
        addedImbalance = newImbalance - imbalance;
        weighedUnit = unit;
        weighedTo = to;
    }

    /** Takes apart what a move adds to each part of the score; zeros are left out. */
    List<Contribution> contributions(int unit, int to) {
        int from = at[unit];
        List<Contribution> found = new ArrayList<>();
        for (Resource resource : Resource.ALL) {
            double need = units.need(unit, resource.column());
            Use less = new Use(resource, from, -need);
            Use more = new Use(resource, to, need);
            less.contribute(found);
            more.contribute(found);
            contributeMean(resource, less, more, found);
        }
        add(
                found,
                Contribution.Part.VIOLATIONS,
                null,
                null,
                compatibility.hardBroken(unit, to)
                        - compatibility.hardBroken(unit, from)
                        + rules.addedHard(unit, from, to));
        add(
                found,
                Contribution.Part.SOFT_VIOLATIONS,
                null,
                null,
                compatibility.softBroken(unit, to)
                        - compatibility.softBroken(unit, from)
                        + rules.addedSoft(unit, from, to));
        return found;
    }

    private void contributeMean(Resource resource, Use less, Use more, List<Contribution> found) {
        if (onlineCount == 0) {
            return;
        }
        int number = resource.column();
        double change = less.change() + more.change();
        double squaresChange = less.squaresChange() + more.squaresChange();
        double whole = imbalance(number, sum[number] + change, squares[number] + squaresChange)
                - imbalance(number, sum[number], squares[number]);
        // A deviation cannot be told apart by host; all of it counts as the change of the mean.
        double byHosts = metric.deviation() ? 0 : weight[number] * squaresChange / onlineCount;
        add(found, Contribution.Part.IMBALANCE, resource, null, whole - byHosts);
    }

    /** The use of one resource of a host that gets more or less to carry. */
    private final class Use {

        private final Resource resource;
        private final int host;
        private final double before;
        private final double after;
        private final double excessChange;

        Use(Resource resource, int host, double added) {
            this.resource = resource;
            this.host = host;
            int cell = host * RESOURCES + resource.column();
            before = use[cell];
            after = before + added * perCapacity[cell];
            excessChange = above(after, limitUse[cell]) - above(before, limitUse[cell]);
        }

        double change() {
            return online[host] ? after - before : 0;
        }

        double squaresChange() {
            return online[host] ? after * after - before * before : 0;
        }

        void contribute(List<Contribution> found) {
            String name = pool.hosts().get(host).name();
            add(found, Contribution.Part.VIOLATIONS, resource, name, excessChange);
            if (!online[host]) {
                return;
            }
            double bound = threshold[resource.column()];
            add(
                    found,
                    Contribution.Part.OVERLOAD,
                    resource,
                    name,
                    square(above(after, bound)) - square(above(before, bound)));
            if (!metric.deviation()) {
                double share = weight[resource.column()] * squaresChange() / onlineCount;
                add(found, Contribution.Part.IMBALANCE, resource, name, share);
            }
        }
    }

    private static void add(
            List<Contribution> found,
            Contribution.Part part,
            @Nullable Resource resource,
            @Nullable String host,
            double added) {
        if (added != 0) {
            found.add(new Contribution(part, Optional.ofNullable(resource), Optional.ofNullable(host), added));
        }
    }

    /**
     * Returns the unit that a guest belongs to.
     *
     * @throws IllegalArgumentException when the pool has no such guest
     */
    int unitOf(String guest) {
        for (int unit = 0; unit < at.length; unit++) {
            for (int member : units.members(unit)) {
                if (pool.guests().get(member).name().equals(guest)) {
                    return unit;
                }
            }
        }
        throw new IllegalArgumentException("the pool has no guest '" + guest + "'");
    }

    /** Returns whether a move breaks a rule about guests further than it is. */
    boolean breaks(Rule rule, int unit, int to) {
        return rules.added(rule, unit, at[unit], to) > 0;
    }

    double addedViolations() {
        return addedViolations;
    }

    int addedSoft() {
        return addedSoft;
    }

    double addedOverload() {
        return addedOverload;
    }

    double addedImbalance() {
        return addedImbalance;
    }

    /** Moves a unit, whether it fits or not. */
    void move(int unit, int to) {
        int from = at[unit];
        if (from == to) {
            return;
        }
        if (weighedUnit != unit || weighedTo != to) {
            weigh(unit, to);
        }
        weighedUnit = -1;
        for (int resource = 0; resource < RESOURCES; resource++) {
            double need = units.need(unit, resource);
            change(from * RESOURCES + resource, resource, online[from], -need);
            change(to * RESOURCES + resource, resource, online[to], need);
            share[resource] = imbalance(resource, sum[resource], squares[resource]);
        }
        overload += addedOverload;
        imbalance += addedImbalance;
        excess += addedViolations
                - (compatibility.hardBroken(unit, to) - compatibility.hardBroken(unit, from))
                - rules.addedHard(unit, from, to);
        rules.move(unit, from, to);
        moved += size(unit) * ((to == units.home(unit) ? 0 : 1) - (from == units.home(unit) ? 0 : 1));
        at[unit] = to;
    }

    private void change(int cell, int resource, boolean counts, double need) {
        double before = use[cell];
        load[cell] += need;
        use[cell] = load[cell] * perCapacity[cell];
        if (counts) {
            sum[resource] += use[cell] - before;
            squares[resource] += use[cell] * use[cell] - before * before;
        }
    }

    /** Returns the hard rules broken, and by how much hosts are over their limits. */
    double violations() {
        return excess + compatibility.hardBroken(at) + rules.hard();
    }

    int softViolations() {
        return compatibility.softBroken(at) + rules.soft();
    }

    double overload() {
        return overload;
    }

    double imbalance() {
        return imbalance;
    }

    /** Returns the score, without the shortfall, which is not kept up to date. */
    Score score() {
        return new Score(clean(violations()), 0, softViolations(), clean(overload), imbalance);
    }

    private static double clean(double value) {
        return Math.abs(value) < Score.NOISE ? 0 : value;
    }

    /** Copies where each unit is. */
    int[] places() {
        return at.clone();
    }

    /** Puts every unit where it was when the places were copied. */
    void put(int[] places) {
        for (int unit = 0; unit < at.length; unit++) {
            move(unit, places[unit]);
        }
        addUp();
    }

    /** Puts every unit where it was in the beginning, and lets all be moved, as in a layout just made. */
    void putHome() {
        for (int unit = 0; unit < at.length; unit++) {
            move(unit, units.home(unit));
        }
        held = new BitSet();
        addUp();
    }

    /** Returns the moves that lead from where the guests were to where they are, in the order of the guests. */
    List<Move> moves() {
        List<Move> moves = new ArrayList<>();
        for (int unit = 0; unit < at.length; unit++) {
            if (!isHome(unit)) {
                for (int guest : units.members(unit)) {
                    moves.add(new Move(
                            pool.guests().get(guest).name(),
                            pool.hosts().get(units.home(unit)).name(),
                            pool.hosts().get(at[unit]).name()));
                }
            }
        }
        return moves;
    }
}
