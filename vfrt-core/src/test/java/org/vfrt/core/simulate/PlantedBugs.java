package org.vfrt.core.simulate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Place;
import org.vfrt.core.claim.Register;
import org.vfrt.core.evidence.Evidence;
import org.vfrt.core.evidence.Proof;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.standby.Activator;
import org.vfrt.core.standby.Permits;
import org.vfrt.core.standby.StandbyWorld;

/** Mistakes that vfrt could make, each built in on purpose where the engine meets the world. */
final class PlantedBugs {

    private PlantedBugs() {}

    static Map<String, UnaryOperator<StandbyWorld>> all() {
        Map<String, UnaryOperator<StandbyWorld>> all = new LinkedHashMap<>();
        all.put("skip evidence", PlantedBugs::skipEvidence);
        all.put("reuse epoch", PlantedBugs::reuseEpoch);
        all.put("activate before claim", PlantedBugs::activateBeforeClaim);
        all.put("forget the tombstone", PlantedBugs::forgetTombstone);
        all.put("keep the permit", PlantedBugs::keepPermit);
        all.put("withdraw the old epoch", PlantedBugs::withdrawOldEpoch);
        return all;
    }

    /** A host that does not answer is taken for dead. */
    private static StandbyWorld skipEvidence(StandbyWorld world) {
        return with(world, world.register(), world.permits(), believing(world));
    }

    private static Proof believing(StandbyWorld world) {
        return (host, boots) -> {
            List<Evidence> believed = new ArrayList<>();
            for (String boot : boots) {
                Evidence evidence = new Evidence.Confirmed(
                        new Place(host, boot), world.clock().instant(), "nobody");
                world.evidence().write(evidence);
                believed.add(evidence);
            }
            return believed;
        };
    }

    /** The claim goes to another host with the epoch that it had. */
    private static StandbyWorld reuseEpoch(StandbyWorld world) {
        return with(
                world,
                new Rewriting(world.register()) {
                    @Override
                    public Optional<Long> write(String key, long seen, String value) {
                        Optional<Entry> before = key.startsWith("claim/") ? super.read(key) : Optional.empty();
                        if (before.isEmpty()) {
                            return super.write(key, seen, value);
                        }
                        Claim was = Claims.parse(before.get());
                        return super.write(
                                key, seen, value.replaceAll("(\"epoch\" : )\"\\d+\"", "$1\"" + was.epoch() + "\""));
                    }
                },
                world.permits(),
                world.proof());
    }

    /** The guest is started first, and the claim says so afterwards. */
    private static StandbyWorld activateBeforeClaim(StandbyWorld world) {
        return with(
                world,
                new Rewriting(world.register()) {
                    @Override
                    public Optional<Long> write(String key, long seen, String value) {
                        if (key.startsWith("claim/")) {
                            Claim next = Claims.parse(new Entry(key, 1, value));
                            if (next.phase() == Claim.Phase.ACTIVATING) {
                                start(world, next);
                            }
                        }
                        return super.write(key, seen, value);
                    }
                },
                world.permits(),
                world.proof());
    }

    private static void start(StandbyWorld world, Claim claim) {
        try (Hypervisor host = world.pool().connect(claim.at().host())) {
            world.permits().give(host, claim.at().boot(), claim.guest(), claim.epoch());
            world.activator()
                    .start(
                            new Activator.Start(
                                    claim.guest(),
                                    claim.name(),
                                    claim.at(),
                                    claim.epoch(),
                                    Optional.empty(),
                                    List.of(RestoreForm.COLD_CURRENT)),
                            prospects -> {});
        } catch (Failure e) {
            // As with any start that does not work.
        }
    }

    /** An unprotected guest's claim is removed, and with it the epoch it had. */
    private static StandbyWorld forgetTombstone(StandbyWorld world) {
        return with(
                world,
                new Rewriting(world.register()) {
                    @Override
                    public Optional<Long> write(String key, long seen, String value) {
                        if (key.startsWith("claim/")
                                && Claims.parse(new Entry(key, 1, value)).phase() == Claim.Phase.RELEASED) {
                            return super.remove(key, seen) ? Optional.of(1L) : Optional.empty();
                        }
                        return super.write(key, seen, value);
                    }
                },
                world.permits(),
                world.proof());
    }

    /** A guest that is not there is taken to stay away, although the host still has its permit. */
    private static StandbyWorld keepPermit(StandbyWorld world) {
        return with(
                world,
                world.register(),
                new Asking(world.permits()) {
                    @Override
                    public void withdraw(Hypervisor host, UUID guest, long epoch) {
                        // Forgotten.
                    }
                },
                world.proof());
    }

    /** A permit is withdrawn with the epoch that the guest has, so that who slept may give it again. */
    private static StandbyWorld withdrawOldEpoch(StandbyWorld world) {
        return with(
                world,
                world.register(),
                new Asking(world.permits()) {
                    @Override
                    public void withdraw(Hypervisor host, UUID guest, long epoch) {
                        super.withdraw(host, guest, epoch - 1);
                    }
                },
                world.proof());
    }

    private static StandbyWorld with(StandbyWorld world, Register register, Permits permits, Proof proof) {
        return new StandbyWorld(
                register,
                world.pool(),
                permits,
                world.watch(),
                world.evidence(),
                proof,
                world.captures(),
                world.activator(),
                world.health(),
                world.announcements(),
                world.placement(),
                world.stale(),
                world.identity(),
                world.clock(),
                world.ticker(),
                world.rules());
    }

    /** A register with something wrong. */
    private abstract static class Rewriting implements Register {

        private final Register right;

        Rewriting(Register right) {
            this.right = right;
        }

        @Override
        public Optional<Entry> read(String key) {
            return right.read(key);
        }

        @Override
        public List<Entry> list(String prefix) {
            return right.list(prefix);
        }

        @Override
        public Optional<Long> write(String key, long seen, String value) {
            return right.write(key, seen, value);
        }

        @Override
        public boolean remove(String key, long seen) {
            return right.remove(key, seen);
        }

        @Override
        public Attempt attemptLead(String leader) {
            return right.attemptLead(leader);
        }
    }

    /** Permits with something wrong. */
    private abstract static class Asking implements Permits {

        private final Permits right;

        Asking(Permits right) {
            this.right = right;
        }

        @Override
        public Standing standing(Hypervisor host) {
            return right.standing(host);
        }

        @Override
        public void guard(Hypervisor host, UUID guest, String name) {
            right.guard(host, guest, name);
        }

        @Override
        public void unguard(Hypervisor host, UUID guest) {
            right.unguard(host, guest);
        }

        @Override
        public void unguard(Hypervisor host, UUID guest, long epoch) {
            right.unguard(host, guest, epoch);
        }

        @Override
        public void give(Hypervisor host, String boot, UUID guest, long epoch) {
            right.give(host, boot, guest, epoch);
        }

        @Override
        public void withdraw(Hypervisor host, UUID guest, long epoch) {
            right.withdraw(host, guest, epoch);
        }

        @Override
        public void rejoin(Hypervisor host, String boot) {
            right.rejoin(host, boot);
        }
    }
}
