import com.google.ortools.Loader;
import com.google.ortools.sat.CpModel;
import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.CpSolverStatus;
import com.google.ortools.sat.IntVar;
import com.google.ortools.sat.LinearArgument;
import com.google.ortools.sat.LinearExpr;
import com.google.ortools.sat.LinearExprBuilder;
import com.google.ortools.sat.Literal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The least sum of the variances of memory and virtual CPUs that a pool of equal hosts can have after so many moves, found and, if time
 * suffices, proven by Google's CP-SAT. Usage: Optimum SECONDS POOL.data MOVES [POOL.data MOVES]…; prints a line for each: pool, moves, status,
 * objective, bound, seconds.
 */
public final class Optimum {

    private static final int UNIT_MIB = 256;
    private static final int VCPUS_PER_CPU_MAX = 8;

    private record Host(String name, long units, long ownUnits, long cpus) {}

    private record Guest(long units, long vcpus, int home) {}

    public static void main(String[] args) throws Exception {
        Loader.loadNativeLibraries();
        for (int i = 1; i + 1 < args.length; i += 2) {
            solve(Path.of(args[i]), Integer.parseInt(args[i + 1]), Double.parseDouble(args[0]));
        }
    }

    private static void solve(Path file, int moves, double seconds) throws Exception {
        List<Host> hosts = new ArrayList<>();
        List<Guest> guests = new ArrayList<>();
        read(file, hosts, guests);
        long memory = hosts.get(0).units();
        long cpus = hosts.get(0).cpus();
        if (hosts.stream().anyMatch(host -> host.units() != memory || host.cpus() != cpus)) {
            throw new IllegalArgumentException(file + ": the hosts are not equal");
        }
        CpModel model = new CpModel();
        Literal[][] on = new Literal[guests.size()][hosts.size()];
        LinearExprBuilder stay = LinearExpr.newBuilder();
        for (int guest = 0; guest < guests.size(); guest++) {
            for (int host = 0; host < hosts.size(); host++) {
                on[guest][host] = model.newBoolVar("g" + guest + "h" + host);
            }
            model.addExactlyOne(on[guest]);
            stay.add(on[guest][guests.get(guest).home()]);
        }
        model.addGreaterOrEqual(stay, guests.size() - moves);
        // (M/m)^2 + (V/c)^2 = (c^2 M^2 + m^2 V^2) / (m c)^2, in whole numbers; m and c share a large divisor.
        long divisor = gcd(memory, cpus);
        long memoryWeight = (cpus / divisor) * (cpus / divisor);
        long vcpuWeight = (memory / divisor) * (memory / divisor);
        LinearExprBuilder objective = LinearExpr.newBuilder();
        for (int host = 0; host < hosts.size(); host++) {
            LinearExprBuilder units = LinearExpr.newBuilder().add(hosts.get(host).ownUnits());
            LinearExprBuilder vcpus = LinearExpr.newBuilder().add(1);
            for (int guest = 0; guest < guests.size(); guest++) {
                units.addTerm(on[guest][host], guests.get(guest).units());
                vcpus.addTerm(on[guest][host], guests.get(guest).vcpus());
            }
            // One unit stays free, but on a host that is full already.
            int here = host;
            long carried = hosts.get(host).ownUnits()
                    + guests.stream().filter(guest -> guest.home() == here).mapToLong(Guest::units).sum();
            objective.addTerm(square(model, units, Math.max(memory - 1, carried), "m" + host), memoryWeight);
            objective.addTerm(square(model, vcpus, VCPUS_PER_CPU_MAX * cpus, "v" + host), vcpuWeight);
        }
        model.minimize(objective);
        CpSolver solver = new CpSolver();
        solver.getParameters().setMaxTimeInSeconds(seconds).setNumWorkers(2);
        CpSolverStatus status = solver.solve(model);
        double scale = (double) (memory / divisor) * cpus;
        System.out.printf(
                Locale.ROOT,
                "%s\t%d\t%s\t%.12f\t%.12f\t%.1f%n",
                file.getFileName().toString().replace(".data", ""),
                moves,
                status,
                variance(solver.objectiveValue() / (scale * scale), hosts, guests, memory, cpus),
                variance(solver.bestObjectiveBound() / (scale * scale), hosts, guests, memory, cpus),
                solver.wallTime());
    }

    /** The means are the same wherever the guests are. */
    private static double variance(double squares, List<Host> hosts, List<Guest> guests, long memory, long cpus) {
        double units = hosts.stream().mapToLong(Host::ownUnits).sum() + guests.stream().mapToLong(Guest::units).sum();
        double vcpus = hosts.size() + guests.stream().mapToLong(Guest::vcpus).sum();
        double meanMemory = units / memory / hosts.size();
        double meanVcpus = vcpus / cpus / hosts.size();
        return squares / hosts.size() - meanMemory * meanMemory - meanVcpus * meanVcpus;
    }

    private static IntVar square(CpModel model, LinearExprBuilder sum, long most, String name) {
        IntVar value = model.newIntVar(0, most, name);
        model.addEquality(value, sum);
        IntVar square = model.newIntVar(0, most * most, name + "2");
        model.addMultiplicationEquality(square, new LinearArgument[] {value, value});
        return square;
    }

    private static long gcd(long one, long other) {
        return other == 0 ? one : gcd(other, one % other);
    }

    private static void read(Path file, List<Host> hosts, List<Guest> guests) throws Exception {
        String[] sections = Files.readString(file).split("\n\n", -1);
        List<String> names = new ArrayList<>();
        for (String line : sections[1].strip().split("\n")) {
            String[] field = line.split("\\|", -1);
            names.add(field[0]);
            hosts.add(new Host(
                    field[0],
                    Long.parseLong(field[1]) / UNIT_MIB,
                    Long.parseLong(field[2]) / UNIT_MIB,
                    Long.parseLong(field[6])));
        }
        for (String line : sections[2].strip().split("\n")) {
            String[] field = line.split("\\|", -1);
            guests.add(new Guest(
                    Long.parseLong(field[1]) / UNIT_MIB, Long.parseLong(field[3]), names.indexOf(field[6])));
        }
    }
}
