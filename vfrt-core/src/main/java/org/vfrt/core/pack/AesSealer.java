package org.vfrt.core.pack;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.vfrt.core.key.Algorithms;

/**
 * AES-256-GCM in slices, each a message of its own whose nonce holds block, slice and whether it is the last: slices can be neither
 * exchanged nor left out (the STREAM construction, Hoang et al. 2015). Slices are short because a fresh JVM encrypts long messages at
 * 95 MB/s.
 */
final class AesSealer implements Sealer {

    private static final int SLICE_BYTES = 4096;
    private static final int TAG_BYTES = 16;

    private final SecretKeySpec key;
    private final Cipher cipher;
    private final byte[] nonce = new byte[12];

    AesSealer(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
        this.cipher = Algorithms.aesGcm();
    }

    private static int slices(int length) {
        return Math.max(1, (length + SLICE_BYTES - 1) / SLICE_BYTES);
    }

    @Override
    public int sealedBytes(int length) {
        return length + slices(length) * TAG_BYTES;
    }

    @Override
    public void seal(BlockName name, byte[] block, int length, byte[] sealed) {
        int slices = slices(length);
        int out = 0;
        try {
            for (int slice = 0; slice < slices; slice++) {
                int from = slice * SLICE_BYTES;
                begin(Cipher.ENCRYPT_MODE, name, slice, slice == slices - 1);
                out += cipher.doFinal(block, from, Math.min(SLICE_BYTES, length - from), sealed, out);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int open(BlockName name, byte[] sealed, int length, byte[] block) throws DamagedPack {
        int slices = (length + SLICE_BYTES + TAG_BYTES - 1) / (SLICE_BYTES + TAG_BYTES);
        if (length < slices * TAG_BYTES || slices == 0) {
            throw new DamagedPack("a block of " + length + " bytes is too short");
        }
        int out = 0;
        try {
            for (int slice = 0; slice < slices; slice++) {
                int from = slice * (SLICE_BYTES + TAG_BYTES);
                begin(Cipher.DECRYPT_MODE, name, slice, slice == slices - 1);
                out += cipher.doFinal(sealed, from, Math.min(SLICE_BYTES + TAG_BYTES, length - from), block, out);
            }
        } catch (AEADBadTagException e) {
            // Its checksum was right.
            throw new OtherKey("a block is not what was encrypted, or was encrypted with another key", e);
        } catch (GeneralSecurityException e) {
            throw new DamagedPack("a block cannot be decrypted: " + e.getMessage(), e);
        }
        return out;
    }

    private void begin(int mode, BlockName name, int slice, boolean last) throws GeneralSecurityException {
        ByteBuffer.wrap(nonce)
                .put((byte) name.kind())
                .put((byte) (last ? 1 : 0))
                .putShort((short) 0)
                .putInt(name.number())
                .putInt(slice);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
    }
}
