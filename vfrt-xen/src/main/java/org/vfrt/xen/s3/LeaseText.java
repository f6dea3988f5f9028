package org.vfrt.xen.s3;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What a leased object says: who holds it. Each renewal says something else, so that its etag tells it from the one before.
 *
 * @param held false when it was given back
 * @param token random; tells one holding from every other
 * @param turn counts the renewals
 */
record LeaseText(boolean held, String token, long turn, Owner owner) {

    static final int BYTES_MAX = 4096;

    LeaseText next() {
        return new LeaseText(held, token, turn + 1, owner);
    }

    LeaseText givenBack() {
        return new LeaseText(false, token, turn + 1, owner);
    }

    byte[] bytes() {
        return ("held=" + held + "\ntoken=" + token + "\nturn=" + turn + "\nmachine=" + owner.machine() + "\npid="
                        + owner.pid() + "\nstarted=" + owner.started() + "\nowner=" + owner.shown() + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Reads it; whatever cannot be read is held by somebody unknown. */
    static LeaseText of(byte[] content) {
        Map<String, String> fields = new HashMap<>();
        new String(content, StandardCharsets.UTF_8).lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                fields.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        Owner owner = new Owner(
                fields.getOrDefault("machine", ""),
                number(fields.get("pid")),
                fields.getOrDefault("started", ""),
                fields.getOrDefault("owner", "somebody"));
        return new LeaseText(
                !"false".equals(fields.get("held")),
                fields.getOrDefault("token", ""),
                number(fields.get("turn")),
                owner);
    }

    private static long number(@org.jspecify.annotations.Nullable String text) {
        try {
            return text == null ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
