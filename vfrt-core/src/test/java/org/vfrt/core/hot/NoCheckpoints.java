package org.vfrt.core.hot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyCaptures;

/** Copies of others: none, or one that the test puts there. */
final class NoCheckpoints implements StandbyCaptures {

    final List<Protection> begun = new ArrayList<>();
    Optional<Copy> newest = Optional.empty();

    @Override
    public Feed begin(Protection protection, String from, String to) {
        begun.add(protection);
        return new Feed() {
            @Override
            public Progress look() {
                return new Progress(false, Optional.empty(), Optional.empty());
            }

            @Override
            public void stop() {}
        };
    }

    @Override
    public Optional<Copy> newest(Protection protection) {
        return newest;
    }

    @Override
    public boolean holds(Protection protection, String host) {
        return false;
    }

    @Override
    public void handOver(Protection protection, String from, String to, long epoch) {}
}
