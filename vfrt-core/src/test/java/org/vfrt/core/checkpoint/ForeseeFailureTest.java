package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.vfrt.core.placement.SmallPools.guest;
import static org.vfrt.core.placement.SmallPools.pool;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.placement.HostLoad;
import org.vfrt.core.placement.LoadHistory;
import org.vfrt.core.placement.ObservePool;
import org.vfrt.core.placement.PoolLoad;
import org.vfrt.core.store.MemoryStore;

class ForeseeFailureTest {

    private final ForeseeFailure foresee =
            new ForeseeFailure(new MemoryStore(), Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));

    private ForeseeFailure.Outcome run(PoolLoad pool) {
        return foresee.run(new ObservePool.Observed(pool, LoadHistory.NONE, List.of(), Map.of()), Optional.empty());
    }

    private static PoolLoad twoHosts() {
        return pool(2, Stream.of(guest("web", 0, 4)));
    }

    @Test
    void aPoolWithRoomForAllSurvivesAnyHost() {
        assertThat(run(twoHosts()).failures()).hasSize(2).allMatch(ForeseeFailure.Foreseen::survived);
    }

    @Test
    void nobodySaysThatAHostIsSurvivedWhoseGuestsNobodyKnows() {
        assertThat(run(twoHosts().with("host1", HostLoad.State.UNKNOWN)).failures())
                .filteredOn(failure -> failure.survival().domain().equals("host1"))
                .singleElement()
                .satisfies(failure -> {
                    assertThat(failure.survived()).isFalse();
                    assertThat(failure.proven()).isFalse();
                    assertThat(failure.silent()).containsExactly("host1");
                });
    }

    @Test
    void whereNoHostAnswersNothingIsForeseen() {
        assertThatExceptionOfType(Temporary.class)
                .isThrownBy(() ->
                        run(twoHosts().with("host0", HostLoad.State.UNKNOWN).with("host1", HostLoad.State.UNKNOWN)));
    }
}
