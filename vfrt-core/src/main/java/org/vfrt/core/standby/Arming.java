package org.vfrt.core.standby;

import java.time.Clock;
import java.util.Optional;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;
import org.vfrt.core.failure.Refused;

/** Whether hosts may be failed over at all: somebody who works at the network disarms that first. Captures go on. As safe for threads as the register. */
public final class Arming {

    private static final String YES = "yes";

    private final RegisterValue value;
    private final Clock clock;

    public Arming(Register register, Clock clock) {
        this.value = new RegisterValue(register, "armed");
        this.clock = clock;
    }

    /** Lets nothing be failed over until {@link #arm}. */
    public void disarm(String person, String why) {
        value.put(EntryFacts.writing()
                .put("armed", "no")
                .put("person", person)
                .put("why", why)
                .put("at", clock.instant())
                .text());
    }

    /** Lets hosts be failed over again. */
    public void arm(String person) {
        value.put(EntryFacts.writing()
                .put("armed", YES)
                .put("person", person)
                .put("at", clock.instant())
                .text());
    }

    /** Returns who disarmed, when, and why; empty when it is armed, as it is in the beginning. */
    public Optional<String> disarmed() {
        return value.read()
                .filter(facts -> !facts.text("armed").equals(YES))
                .map(facts -> "'" + facts.text("person") + "' disarmed failover at " + facts.instant("at") + ": "
                        + facts.text("why"));
    }

    void demandArmed() {
        disarmed().ifPresent(why -> {
            throw new Refused("disarmed", why, "Arm it again with 'vfrt standby arm'.");
        });
    }
}
