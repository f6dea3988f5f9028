package org.vfrt.xen.s3;

import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vfrt.core.checkpoint.CheckpointId;

/**
 * A pack in one of its writings: {@code packs/ID/NUMBER-RANDOM}. No writing is ever changed; of several the one with the highest number
 * counts.
 */
record PackObject(CheckpointId id, int number, Objects.Entry entry) {

    static final String PREFIX = "packs/";

    private static final Pattern KEY = Pattern.compile("packs/([^/]+)/([0-9]{4})-[0-9a-f]{8}");
    private static final Comparator<PackObject> NEWEST = Comparator.comparingInt(PackObject::number)
            .thenComparing(one -> one.entry().key());

    static String prefix(CheckpointId id) {
        return PREFIX + id + "/";
    }

    /** Returns a key for the next writing of a pack. */
    static String key(CheckpointId id, int number, String random) {
        return prefix(id) + String.format("%04d-%s", number, random);
    }

    static Optional<PackObject> of(Objects.Entry entry) {
        Matcher key = KEY.matcher(entry.key());
        return key.matches() && CheckpointId.matches(key.group(1))
                ? Optional.of(new PackObject(new CheckpointId(key.group(1)), Integer.parseInt(key.group(2)), entry))
                : Optional.empty();
    }

    /** Returns the newest writing of each pack. */
    static Map<CheckpointId, PackObject> newest(Collection<Objects.Entry> entries) {
        Map<CheckpointId, PackObject> newest = new TreeMap<>();
        for (Objects.Entry entry : entries) {
            of(entry)
                    .ifPresent(one -> newest.merge(
                            one.id(), one, (this1, that) -> NEWEST.compare(this1, that) >= 0 ? this1 : that));
        }
        return newest;
    }
}
