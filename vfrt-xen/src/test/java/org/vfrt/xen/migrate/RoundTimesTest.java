package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.SyntheticStream;

final class RoundTimesTest {

    private static final Duration ROUND = Duration.ofMillis(300);

    /** Bytes that come with a rest before each of these offsets, as over a line that takes so long for a round. */
    private static InputStream resting(byte[] bytes, List<Long> offsets) {
        return new InputStream() {
            private int at;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (at == bytes.length) {
                    return -1;
                }
                long until = bytes.length;
                for (long rest : offsets) {
                    if (rest == at) {
                        sleep();
                    } else if (rest > at) {
                        until = Math.min(until, rest);
                    }
                }
                int count = Math.min(length, (int) (until - at));
                System.arraycopy(bytes, at, buffer, offset, count);
                at += count;
                return count;
            }
        };
    }

    private static void sleep() throws IOException {
        try {
            Thread.sleep(ROUND.toMillis());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void theRoundsOfALiveStreamAndTheRatesThatFollowAreSeen() throws IOException {
        SyntheticStream stream =
                SyntheticStream.of(SyntheticStream.Kind.PVH, 512).live(3);
        byte[] bytes = stream.bytes();
        List<Long> begins = stream.roundOffsets();
        RoundTimes rounds = new RoundTimes();
        long begun = System.nanoTime();
        new StreamCheck(stream.limits(), rounds)
                .read(resting(bytes, List.of(begins.get(0) + 100, begins.get(1) + 100)));
        double elapsedSeconds = (System.nanoTime() - begun) / 1e9;

        RoundTimes.Seen seen = rounds.seen(bytes.length).orElseThrow();

        long second = begins.get(2) - begins.get(1);
        long last = bytes.length - begins.get(2);
        assertThat(seen.transfer().sentBytes()).isEqualTo(bytes.length);
        assertThat(seen.transfer().lastRoundBytes()).isEqualTo(last);
        assertThat(seen.transfer().workingSetBytes()).isEqualTo(Math.max(second, last));
        // However slow the machine: not faster than the rests allow, and not slower than all of it took.
        assertThat((double) seen.transfer().bytesPerSecond())
                .isBetween(
                        Math.floor((begins.get(1) - begins.get(0)) / elapsedSeconds),
                        Math.ceil((begins.get(1) - begins.get(0)) / (ROUND.toMillis() / 1e3)));
        assertThat((double) seen.transfer().dirtyBytesPerSecond())
                .isBetween(Math.floor(second / elapsedSeconds), Math.ceil(second / (ROUND.toMillis() / 1e3)));
        assertThat(seen.lastRoundNanos() - begun).isGreaterThanOrEqualTo(2 * ROUND.toNanos());
    }

    @Test
    void aStreamOfOneRoundTellsNothing() throws IOException {
        SyntheticStream stream = SyntheticStream.of(SyntheticStream.Kind.PVH, 64);
        RoundTimes rounds = new RoundTimes();
        new StreamCheck(stream.limits(), rounds).read(new ByteArrayInputStream(stream.bytes()));
        assertThat(rounds.seen(stream.bytes().length)).isEmpty();
    }
}
