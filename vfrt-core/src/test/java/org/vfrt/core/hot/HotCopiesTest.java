package org.vfrt.core.hot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.epoch.EpochImage;
import org.vfrt.core.epoch.EpochStatus;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.standby.StandbyCaptures;
import org.vfrt.core.standby.Tier;

/** Guests of the hot tier are received, each in a thread of its own; what ended is told. */
@Timeout(60)
final class HotCopiesTest {

    @TempDir
    private Path directory;

    private HotWorld world = new HotWorld(Path.of("."));
    private final NoCheckpoints checkpoints = new NoCheckpoints();
    private HotWorld.Receiver receiver = world.new Receiver();
    private HotCopies copies = new HotCopies(checkpoints, () -> receiver, world.places(), HotWorld.TICKER);

    @BeforeEach
    void places() {
        world = new HotWorld(directory);
        receiver = world.new Receiver();
        copies = new HotCopies(checkpoints, () -> receiver, world.places(), HotWorld.TICKER);
    }

    private static void eventually(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    private StandbyCaptures.Feed begin() {
        StandbyCaptures.Feed feed = copies.begin(HotWorld.protection(Tier.HOT), "xen1", "xen2");
        eventually(() -> feed.look().complete().isPresent());
        return feed;
    }

    @Test
    void aStreamGoesOnUntilItIsStopped() {
        StandbyCaptures.Feed feed = begin();
        assertThat(feed.look().running()).isTrue();
        assertThat(feed.look().complete()).contains(HotWorld.RECEIVED);
        assertThat(receiver.begun)
                .containsExactly(new GuestReceiver.Request(
                        HotWorld.WEB1,
                        "xen1",
                        world.epochs(),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(10)));

        feed.stop();
        feed.awaitEnd(Duration.ofSeconds(30));

        assertThat(feed.look().running()).isFalse();
        assertThat(feed.look().failure()).isEmpty();
        assertThat(receiver.told).containsExactly("stop");
    }

    @Test
    void aStreamThatEndsByItselfSaysWhy() {
        StandbyCaptures.Feed feed = begin();

        receiver.breakOff(new GuestReceiver.Outcome(
                "web1", "xen1", Optional.empty(), "the stream broke", List.of("the guest was resumed")));
        eventually(() -> !feed.look().running());

        assertThat(feed.look().failure())
                .map(Failure::getMessage)
                .contains(
                        "guest 'web1' on host 'xen1' is not received any more: the stream broke; the guest was resumed; its last complete epoch is that of an earlier stream, if there is one");
    }

    @Test
    void aStreamThatCannotBeginSaysWhy() {
        StandbyCaptures.Feed first = begin();

        StandbyCaptures.Feed second = copies.begin(HotWorld.protection(Tier.HOT), "xen1", "xen2");
        eventually(() -> !second.look().running());

        assertThat(second.look().failure()).map(Failure::code).contains("guest-busy");
        assertThat(first.look().running()).isTrue();
        first.stop();
    }

    @Test
    void whatIsInTheWayIsAskedBeforeAndOfTheOthersTheOthers() {
        assertThat(copies.obstacles(HotWorld.protection(Tier.HOT), "xen1"))
                .extracting(reason -> reason.text())
                .containsExactly("host 'xen1' has no Remus");
        assertThat(copies.obstacles(HotWorld.protection(Tier.WARM), "xen1")).isEmpty();
    }

    @Test
    void otherTiersAreKeptByOthers() {
        copies.begin(HotWorld.protection(Tier.WARM), "xen1", "xen2");
        assertThat(checkpoints.begun).hasSize(1);
        assertThat(receiver.begun).isEmpty();
    }

    @Test
    void theNewestCopyIsTheLastEpochOrACheckpointThatIsNewer() {
        assertThat(copies.newest(HotWorld.protection(Tier.HOT))).isEmpty();
        checkpoints.newest = Optional.of(new StandbyCaptures.Copy(HotWorld.RECEIVED.minusSeconds(60), "xen1"));
        assertThat(copies.newest(HotWorld.protection(Tier.HOT))).isEqualTo(checkpoints.newest);
        world.received();
        assertThat(copies.newest(HotWorld.protection(Tier.HOT)))
                .contains(new StandbyCaptures.Copy(HotWorld.RECEIVED, "xen2"));
        assertThat(copies.newest(HotWorld.protection(Tier.WARM))).isEqualTo(checkpoints.newest);
        checkpoints.newest = Optional.of(new StandbyCaptures.Copy(HotWorld.RECEIVED.plusSeconds(60), "xen1"));
        assertThat(copies.newest(HotWorld.protection(Tier.HOT))).isEqualTo(checkpoints.newest);
    }

    @Test
    void epochsOfAGuestThatIsNotKeptAnyMoreAreRemovedUnlessTheyAreInUse() throws Exception {
        world.received();
        copies.retain(Set.of(HotWorld.WEB1));
        assertThat(EpochStatus.of(world.epochs()).last()).isPresent();
        try (EpochImage image = EpochImage.open(world.epochs()).orElseThrow()) {
            copies.retain(Set.of());
            assertThat(image.bytes()).isPositive();
        }
        assertThat(EpochStatus.of(world.epochs()).last()).isPresent();

        copies.retain(Set.of());

        assertThat(EpochStatus.of(world.epochs()).last()).isEmpty();
    }

    @Test
    void whatElseIsInThatDirectoryIsLeftAlone() throws Exception {
        Path other = Files.createDirectories(world.places().directory().resolve("lost+found"));
        copies.retain(Set.of());
        assertThat(other).exists();
    }
}
