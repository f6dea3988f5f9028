package org.vfrt.core.standby;

import org.vfrt.core.claim.EntryFacts;

/** From which hosts guests were failed over since they last rejoined: there, copies of them may be left. */
final class LeftBehind {

    private final StandbyWorld world;

    LeftBehind(StandbyWorld world) {
        this.world = world;
    }

    void note(String host) {
        value(host).put(EntryFacts.writing().put("at", world.clock().instant()).text());
    }

    boolean any(String host) {
        return value(host).read().isPresent();
    }

    void clear(String host) {
        value(host).clear();
    }

    private RegisterValue value(String host) {
        return new RegisterValue(world.register(), "left/" + host);
    }
}
