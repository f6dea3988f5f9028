package org.vfrt.core.pack;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

/** Turns blocks into what is stored of them, and back: compressed where that makes them shorter, then sealed. For one thread. */
final class BlockCodec implements AutoCloseable {

    private static final byte STORED = 0;
    private static final byte ZSTD = 1;
    private static final int LEVEL = 2;

    private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(LEVEL);
    private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
    private byte[] packed = {};
    private byte[] opened = {};
    private int openedBytes;

    /** Returns what is to be stored of the first {@code length} bytes. */
    byte[] encode(Sealer sealer, BlockName name, byte[] block, int length) {
        int bound = 1 + (int) Math.max(length, Zstd.compressBound(length));
        if (packed.length < bound) {
            packed = new byte[bound];
        }
        int size = compressor.compressByteArray(packed, 1, bound - 1, block, 0, length);
        packed[0] = ZSTD;
        if (size >= length) {
            packed[0] = STORED;
            System.arraycopy(block, 0, packed, 1, length);
            size = length;
        }
        byte[] sealed = new byte[sealer.sealedBytes(size + 1)];
        sealer.seal(name, packed, size + 1, sealed);
        return sealed;
    }

    /**
     * Returns the block again.
     *
     * @param limitBytes the longest it can be
     */
    byte[] decode(Sealer sealer, BlockName name, byte[] stored, int limitBytes) throws DamagedPack {
        byte[] block = new byte[open(sealer, name, stored, stored.length, limitBytes)];
        content(block, block.length);
        return block;
    }

    /**
     * The same, into an array that has room for the longest that it can be.
     *
     * @param storedBytes how many bytes of the array are stored
     * @return how long the block is
     */
    int decode(Sealer sealer, BlockName name, byte[] stored, int storedBytes, byte[] block) throws DamagedPack {
        int length = open(sealer, name, stored, storedBytes, block.length);
        content(block, length);
        return length;
    }

    /** Returns how long the block will be. */
    private int open(Sealer sealer, BlockName name, byte[] stored, int storedBytes, int limitBytes) throws DamagedPack {
        if (opened.length < storedBytes) {
            opened = new byte[storedBytes];
        }
        openedBytes = sealer.open(name, stored, storedBytes, opened);
        if (openedBytes == 0) {
            throw new DamagedPack("an empty block");
        }
        if (opened[0] != STORED && opened[0] != ZSTD) {
            throw new DamagedPack("a block compressed in an unknown way");
        }
        long length = opened[0] == STORED ? openedBytes - 1 : Zstd.getFrameContentSize(opened, 1, openedBytes - 1);
        if (length < 0 || length > limitBytes) {
            throw new DamagedPack("a block whose length cannot be");
        }
        return (int) length;
    }

    private void content(byte[] block, int length) throws DamagedPack {
        if (opened[0] == STORED) {
            System.arraycopy(opened, 1, block, 0, length);
            return;
        }
        try {
            int size = decompressor.decompressByteArray(block, 0, length, opened, 1, openedBytes - 1);
            if (size != length) {
                throw new DamagedPack("a block of " + size + " bytes instead of " + length);
            }
        } catch (ZstdException e) {
            throw new DamagedPack("a block that cannot be decompressed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        compressor.close();
        decompressor.close();
    }
}
