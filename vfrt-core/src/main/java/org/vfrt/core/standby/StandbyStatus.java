package org.vfrt.core.standby;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;

/** Says of each protected guest where it is, and whether it is protected in fact. Changes nothing. */
public final class StandbyStatus {

    private final StandbyWorld world;

    public StandbyStatus(StandbyWorld world) {
        this.world = world;
    }

    /** How a guest is protected. */
    public enum State {
        /** A copy as fresh as promised is on a host that answers. */
        PROTECTED,
        /** The copy is older than promised. */
        BEHIND,
        /** There is no copy, or no host for one. Should its host die now, it would come back cold, if at all. */
        UNPROTECTED,
        /** It is being brought to another host. */
        ON_ITS_WAY,
        /** Its host is known to be dead, and it is to be started elsewhere. */
        DOWN,
        /** Its host does not answer. */
        UNKNOWN
    }

    /**
     * One guest.
     *
     * @param claim empty when protecting it was broken off
     * @param age of its newest copy; empty when there is none, or when a clock was set
     * @param last what came of the last time that it was started again
     */
    public record Row(
            Protection protection,
            Optional<Claim> claim,
            State state,
            Optional<Duration> age,
            Optional<Ledger.Line> last) {}

    /**
     * All guests.
     *
     * @param disarmed who disarmed failover, and why
     * @param failingOver the hosts whose failover was begun and not ended
     */
    public record Outcome(List<Row> guests, Optional<String> disarmed, List<String> failingOver) {

        public Outcome {
            guests = List.copyOf(guests);
            failingOver = List.copyOf(failingOver);
        }
    }

    /** Returns what is ordered, and asks no host. */
    public List<Protection> protections() {
        return new Protections(world.register()).all();
    }

    /** Looks. */
    public Outcome run() {
        Map<UUID, Claim> claims = new HashMap<>();
        new Claims(world.register())
                .all()
                .forEach(known -> claims.put(known.claim().guest(), known.claim()));
        Map<String, Optional<String>> boots = new HashMap<>();
        List<Row> rows = new ArrayList<>();
        Protections protections = new Protections(world.register());
        List<Protection> all = new ArrayList<>(protections.all());
        Set<UUID> listed = all.stream().map(Protection::guest).collect(Collectors.toSet());
        claims.values().stream()
                .filter(claim -> claim.phase() != Claim.Phase.RELEASED && !listed.contains(claim.guest()))
                .map(protections::of)
                .forEach(all::add);
        for (Protection protection : all) {
            Optional<Claim> claim = Optional.ofNullable(claims.get(protection.guest()));
            Optional<Duration> age = world.captures()
                    .newest(protection)
                    .map(copy -> Duration.between(copy.instant(), world.clock().instant()))
                    .filter(time -> !time.isNegative());
            List<Ledger.Line> lines = new Ledger(world.register()).of(protection.guest());
            rows.add(new Row(
                    protection,
                    claim,
                    claim.map(there -> state(protection, there, age, boots)).orElse(State.UNPROTECTED),
                    age,
                    lines.isEmpty() ? Optional.empty() : Optional.of(lines.get(lines.size() - 1))));
        }
        return new Outcome(
                rows, new Arming(world.register(), world.clock()).disarmed(), new FailOver(world).underWay());
    }

    private State state(
            Protection protection, Claim claim, Optional<Duration> age, Map<String, Optional<String>> boots) {
        if (claim.phase() == Claim.Phase.RELEASED) {
            return State.UNPROTECTED;
        }
        if (claim.phase() != Claim.Phase.HELD) {
            return State.ON_ITS_WAY;
        }
        if (world.evidence().ofEnd(claim.at()).isPresent()) {
            return State.DOWN;
        }
        if (!boot(claim.at().host(), boots).equals(Optional.of(claim.at().boot()))) {
            return State.UNKNOWN;
        }
        boolean ready = protection
                .standby()
                .filter(host -> !host.equals(claim.at().host()))
                .filter(host -> boot(host, boots).isPresent())
                .isPresent();
        if (age.isEmpty() || !ready) {
            return State.UNPROTECTED;
        }
        return age.get().compareTo(protection.promised()) > 0 ? State.BEHIND : State.PROTECTED;
    }

    private Optional<String> boot(String host, Map<String, Optional<String>> boots) {
        return boots.computeIfAbsent(host, name -> world.watch().look(name).boot());
    }
}
