package org.vfrt.core.key;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Pattern;
import org.vfrt.core.failure.BadInput;

/**
 * The 32 random bytes an operator keeps, which open a store. Not a pass phrase: those could be guessed by who has a copy of the store.
 * Prints nothing. For any number of threads.
 */
public final class AccessKey {

    /** The longest text that can be one: 64 digits with some white space around. */
    static final int TEXT_BYTES_MAX = 1024;

    private static final int BYTES = 32;
    private static final Pattern FORM = Pattern.compile("[0-9a-fA-F]{64}");

    private final byte[] bytes;

    private AccessKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads a key: 64 hexadecimal digits, with white space around at most.
     *
     * @throws BadInput when it is anything else
     */
    static AccessKey parse(String text, KeyOrigin origin) {
        String digits = text.strip();
        if (!FORM.matcher(digits).matches()) {
            // Not how long it is, nor what is wrong with it: it may be somebody's pass phrase.
            throw new BadInput(
                    "bad-store-key",
                    "what " + origin.shown() + " holds is not a key: that is 64 hexadecimal digits and nothing else",
                    "Make a key with 'vfrt store init --encrypt --new-key-file PATH', or 'openssl rand -hex 32'.");
        }
        return new AccessKey(HexFormat.of().parseHex(digits));
    }

    static AccessKey fresh(Random random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return new AccessKey(bytes);
    }

    /** Returns what a key file holds. */
    byte[] file() {
        return (HexFormat.of().formatHex(bytes) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns 32 bytes that are good for this purpose and this salt only, and from which the key cannot be told. */
    public byte[] derive(String purpose, byte[] salt) {
        return Derivation.of(bytes, purpose, salt);
    }

    @Override
    public String toString() {
        return "AccessKey[]";
    }
}
