package org.vfrt.core.simulate;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.Claims;
import org.vfrt.core.claim.Register;
import org.vfrt.core.failure.Temporary;

/** The register at the end of one controller's cable. Whoever writes a claim is watched. */
final class ControllerRegister implements Register {

    private static final Duration SILENCE = Duration.ofSeconds(2);

    private final Controller controller;
    private final Register shared;

    ControllerRegister(Controller controller) {
        this.controller = controller;
        this.shared = controller.pool().register();
    }

    @Override
    public Optional<Entry> read(String key) {
        return call("read", () -> shared.read(key));
    }

    @Override
    public List<Entry> list(String prefix) {
        return call("list", () -> shared.list(prefix));
    }

    @Override
    public Optional<Long> write(String key, long seen, String value) {
        return call("write", () -> {
            Optional<Entry> before = shared.read(key);
            if (before.map(Entry::revision).orElse(ABSENT) == seen && key.startsWith("claim/")) {
                watch(before, new Entry(key, 1, value));
            }
            return shared.write(key, seen, value);
        });
    }

    private void watch(Optional<Entry> before, Entry after) {
        Claim next = Claims.parse(after);
        controller.pool().checks().changes(before.map(Claims::parse), next);
        controller.log(() -> "claim of '" + next.name() + "': "
                + next.phase().name().toLowerCase(java.util.Locale.ROOT) + " by " + next.at()
                + next.to().map(to -> " and " + to).orElse("")
                + next.heading().map(to -> " for " + to).orElse("") + ", epoch " + next.epoch());
    }

    @Override
    public boolean remove(String key, long seen) {
        return call("remove", () -> shared.remove(key, seen));
    }

    @Override
    public Attempt attemptLead(String leader) {
        return call("lead", () -> {
            Attempt attempt = shared.attemptLead(leader);
            attempt.term().ifPresent(controller::leads);
            return attempt;
        });
    }

    /** What is written may be there although nobody said so. */
    private <T> T call(String what, Supplier<T> effect) {
        return controller.call(what, () -> {
            demandAnswer();
            T answer = effect.get();
            demandAnswer();
            return answer;
        });
    }

    private void demandAnswer() {
        if (!controller.pool().joined(controller.machine(), SimulatedPool.REGISTER)) {
            controller.pass(SILENCE);
            throw new Temporary("register-silent", "the register does not answer", "");
        }
    }
}
