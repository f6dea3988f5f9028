package org.vfrt.core.claim;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.vfrt.core.failure.BadInput;

/** What keys and values may be, the same in every register. */
public final class RegisterKeys {

    /** The most that a value may have, in UTF-8. */
    public static final int VALUE_BYTES_MAX = 64 * 1024;

    /** A part of dots alone could lead out of a directory. */
    private static final Pattern KEY =
            Pattern.compile("(?!\\.+(?:/|$))[A-Za-z0-9._-]+(?:/(?!\\.+(?:/|$))[A-Za-z0-9._-]+)*");

    private RegisterKeys() {}

    /** Refuses what is no key. */
    public static void demandKey(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new BadInput("bad-register-key", "'" + key + "' is not a key of the register", "");
        }
    }

    /** Refuses a value that is too long. */
    public static void demandValue(String key, String value) {
        // No text has more bytes than three for each of its chars; counting them costs more than most values need.
        if (value.length() > VALUE_BYTES_MAX / 3 && value.getBytes(StandardCharsets.UTF_8).length > VALUE_BYTES_MAX) {
            throw new BadInput(
                    "register-value-too-long",
                    "what is to be written at '" + key + "' is longer than " + VALUE_BYTES_MAX + " bytes",
                    "");
        }
    }
}
