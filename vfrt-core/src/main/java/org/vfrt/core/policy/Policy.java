package org.vfrt.core.policy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.DiskWish;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.drill.DrillOrder;
import org.vfrt.core.pool.GuestPattern;
import org.vfrt.core.retention.KeepRules;

/**
 * A standing order for some guests.
 *
 * @param name what the configuration calls it
 * @param guests means those that one of these patterns means
 * @param labels and those whose definition carries one of these labels
 * @param interval how old the newest checkpoint may become
 * @param method how one is taken; empty for the best one that is open
 * @param maxPause refuse when the predicted pause is longer; empty for the configuration's limit
 * @param disks what of the guest's writable disks becomes part of the checkpoint (rule 3)
 * @param diskHook the site's program that takes their states; there for {@link DiskWish#EXTERNAL} alone
 * @param keep what is kept; empty to keep all
 * @param tags what each checkpoint is marked with
 * @param drill how they are tried; empty not to
 * @param recover the forms in which a guest may come back, the best first; empty for the usual ones
 */
public record Policy(
        String name,
        List<GuestPattern> guests,
        List<Label> labels,
        Duration interval,
        Optional<Method> method,
        Optional<Duration> maxPause,
        DiskWish disks,
        Optional<Path> diskHook,
        Optional<KeepRules> keep,
        List<Tag> tags,
        Optional<DrillOrder> drill,
        List<RestoreForm> recover) {

    private static final Duration TOLERANCE_MAX = Duration.ofMinutes(1);

    public Policy {
        guests = List.copyOf(guests);
        labels = List.copyOf(labels);
        tags = List.copyOf(tags);
        recover = List.copyOf(recover);
    }

    /** A key and a value that a guest's definition may carry: {@link org.vfrt.core.pool.Definition#labels}. */
    public record Label(String key, String value) {

        @Override
        public String toString() {
            return key + "=" + value;
        }
    }

    /** Returns whether it is about this guest. */
    boolean matches(String guestName, UUID uuid, Map<String, String> carried) {
        return guests.stream().anyMatch(pattern -> pattern.matches(guestName, uuid))
                || labels.stream().anyMatch(label -> label.value().equals(carried.get(label.key())));
    }

    /**
     * Returns the moment since which a checkpoint would have to be begun for the next one not to be due. A tenth of the interval,
     * and at most a minute, is let pass: cron and the guests before this one begin a little sooner or later each time, and a guest
     * that misses its beat by a second would wait for a whole one more.
     */
    Instant freshSince(Instant now) {
        Duration tenth = interval.dividedBy(10);
        return now.minus(interval).plus(tenth.compareTo(TOLERANCE_MAX) < 0 ? tenth : TOLERANCE_MAX);
    }
}
