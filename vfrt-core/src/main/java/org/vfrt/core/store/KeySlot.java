package org.vfrt.core.store;

/**
 * A store's secret, wrapped for one operator's key. All in lower-case hexadecimal digits.
 *
 * @param salt 16 random bytes: from them and the operator's key comes the key that wraps
 * @param nonce 12 random bytes
 * @param wrapped the secret, sealed with AES-256-GCM: 32 bytes and a tag of 16
 */
record KeySlot(String salt, String nonce, String wrapped) {

    static final int SALT_BYTES = 16;
    static final int NONCE_BYTES = 12;
    static final int WRAPPED_BYTES = 48;
}
