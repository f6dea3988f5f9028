package org.vfrt.core.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.sign.Sign;

/** What every implementation of {@link DrillGround} does. Networks are made on the lab: the kernel of a test need not have bridges. */
public abstract class DrillGroundContract {

    private static final PrivateNetwork NEVER_MADE = PrivateNetwork.of(new UUID(0x12345678L << 32, 2), 2);

    protected abstract DrillGround ground();

    protected abstract Hypervisor host();

    /** Returns the path of something that is there. */
    protected abstract String there();

    @Test
    void whatIsThereIsNamedAndNothingElse() {
        List<String> left = ground().left(host(), List.of(there(), there() + "-not"), Optional.of(NEVER_MADE));
        assertThat(left).singleElement().asString().contains("'" + there() + "'");
        assertThat(ground().left(host(), List.of(), Optional.empty())).isEmpty();
    }

    @Test
    void aNetworkThatWasNeverMadeIsRemovedWithoutAWord() {
        ground().removeNetwork(host(), NEVER_MADE);
        assertThat(ground().left(host(), List.of(), Optional.of(NEVER_MADE))).isEmpty();
    }

    @Test
    void theWeakSignNeedsNothing() {
        assertThat(ground().obstacles(
                                host(),
                                new DrillOrder(Duration.ofDays(1), Sign.usual(), DrillOrder.WITHIN, DrillNetwork.NONE)))
                .isEmpty();
    }

    @Test
    void namesOfInterfacesAreSuchAsLinuxTakes() {
        PrivateNetwork widest = PrivateNetwork.of(UUID.randomUUID(), PrivateNetwork.INTERFACES_MAX);
        assertThat(widest.bridges()).hasSize(8).doesNotHaveDuplicates().allMatch(name -> name.length() <= 15);
        assertThat(widest.name() + "v").hasSizeLessThanOrEqualTo(15);
    }
}
