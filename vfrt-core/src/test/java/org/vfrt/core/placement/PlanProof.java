package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Goes through a plan move by move, and looks at each for itself: by the records alone, with nothing of the planner's arithmetic. */
final class PlanProof {

    private PlanProof() {}

    static void isSafe(PoolLoad pool, Plan plan, String name) {
        Map<String, String> at = new HashMap<>();
        pool.guests().forEach(guest -> at.put(guest.name(), guest.host()));
        List<Move> done = new ArrayList<>();
        for (List<Move> wave : plan.waves()) {
            // Whatever the order and the pace, each guest of a wave may be on both of its hosts.
            Map<String, Long> held = new HashMap<>();
            for (Move move : wave) {
                GuestLoad guest = guest(pool, move.guest());
                HostLoad target = host(pool, move.to());
                assertThat(at).as("%s: %s", name, move).containsEntry(move.guest(), move.from());
                assertThat(guest.bound()).as("%s: %s", name, move).isEmpty();
                assertThat(guest.barred()).as("%s: %s", name, move).doesNotContainKey(move.to());
                assertThat(target.state()).as("%s: %s", name, move).isEqualTo(HostLoad.State.ONLINE);
                assertThat(host(pool, move.from()).state()).isNotEqualTo(HostLoad.State.UNKNOWN);
                assertThat(target.facilities()).as("%s: %s", name, move).containsAll(guest.facilities());
                for (PoolLoad moment : moments(pool, done, wave, move)) {
                    assertThat(refusals(moment, move))
                            .as("%s: %s when its turn comes, of %s", name, move, plan.waves())
                            .isEmpty();
                }
                assertThat(memory(pool, at, move.to())
                                + held.getOrDefault(move.to(), 0L)
                                + guest.need().memoryBytes())
                        .as("%s: memory of %s", name, move)
                        .isLessThanOrEqualTo(target.limit().memoryBytes());
                held.merge(move.from(), guest.need().memoryBytes(), Long::sum);
                at.put(move.guest(), move.to());
                done.add(move);
            }
            PoolLoad now = pool.after(done);
            double violations = new Layout(now, Metric.BALANCE).violations();
            assertThat(violations)
                    .as("%s: rules broken after %s", name, wave)
                    .isLessThanOrEqualTo(plan.before().violations() + 1e-9);
            long shortfall = new SurviveFailures()
                    .run(now).stream().mapToLong(Survival::shortfallBytes).sum();
            // A hard rule is mended whatever that costs in room for a dead host's guests; for nothing else is any of it
            // given up.
            if (plan.after().violations() > plan.before().violations() - 1e-9) {
                assertThat(shortfall)
                        .as("%s: shortfall after %s", name, wave)
                        .isLessThanOrEqualTo(plan.before().shortfallBytes());
            }
        }
    }

    /** How the pool may look when a move begins: of those that are under way none has arrived, or some have, or all. */
    private static List<PoolLoad> moments(PoolLoad pool, List<Move> done, List<Move> wave, Move next) {
        List<Move> before = wave.subList(0, wave.indexOf(next));
        List<Move> settled = done.subList(0, done.size() - before.size());
        List<PoolLoad> moments = new ArrayList<>();
        for (int arrived = 0; arrived < 1 << before.size(); arrived++) {
            List<Move> moves = new ArrayList<>(settled);
            for (int i = 0; i < before.size(); i++) {
                if ((arrived & 1 << i) != 0) {
                    moves.add(before.get(i));
                }
            }
            moments.add(pool.after(moves));
        }
        return moments;
    }

    /** Why whoever applies the plan would not do a move: what is asked again before each. */
    private static List<Rejection> refusals(PoolLoad now, Move move) {
        Layout layout = new Layout(now, Metric.BALANCE);
        return new Explanation(now, layout)
                .of(layout.unitOf(move.guest()), new Names(now).host(move.to()))
                .rejections();
    }

    private static long memory(PoolLoad pool, Map<String, String> at, String host) {
        return host(pool, host).taken().memoryBytes()
                + pool.guests().stream()
                        .filter(guest -> host.equals(at.get(guest.name())))
                        .mapToLong(guest -> guest.need().memoryBytes())
                        .sum();
    }

    private static GuestLoad guest(PoolLoad pool, String name) {
        return pool.guests().stream()
                .filter(guest -> guest.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static HostLoad host(PoolLoad pool, String name) {
        return pool.hosts().stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
