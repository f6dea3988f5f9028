package org.vfrt.core.standby;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.vfrt.core.process.Ticker;

/** Lets what failed rest, each time twice as long. For one thread. */
final class BackOff<K> {

    private static final Duration FIRST = Duration.ofSeconds(5);

    private final Ticker ticker;
    private final Duration most;
    private final Map<K, Rest> resting = new HashMap<>();

    BackOff(Ticker ticker, Duration most) {
        this.ticker = ticker;
        this.most = most;
    }

    private record Rest(Duration until, Duration length) {}

    boolean rests(K key) {
        Rest rest = resting.get(key);
        return rest != null && ticker.elapsed().compareTo(rest.until) < 0;
    }

    void failed(K key) {
        Rest rest = resting.get(key);
        Duration length = rest == null ? FIRST : rest.length.multipliedBy(2);
        if (length.compareTo(most) > 0) {
            length = most;
        }
        resting.put(key, new Rest(ticker.elapsed().plus(length), length));
    }

    void worked(K key) {
        resting.remove(key);
    }
}
