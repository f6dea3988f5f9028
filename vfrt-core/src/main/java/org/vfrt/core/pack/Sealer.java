package org.vfrt.core.pack;

/** Encrypts and authenticates the blocks of one pack, or leaves them as they are. For one thread. */
interface Sealer {

    Sealer NONE = new Sealer() {
        @Override
        public int sealedBytes(int length) {
            return length;
        }

        @Override
        public void seal(BlockName name, byte[] block, int length, byte[] sealed) {
            System.arraycopy(block, 0, sealed, 0, length);
        }

        @Override
        public int open(BlockName name, byte[] sealed, int length, byte[] block) {
            System.arraycopy(sealed, 0, block, 0, length);
            return length;
        }
    };

    /** Returns how long a block of this length becomes. */
    int sealedBytes(int length);

    /** Seals the first {@code length} bytes of a block into an array of {@link #sealedBytes}. A name is sealed once for each pack. */
    void seal(BlockName name, byte[] block, int length, byte[] sealed);

    /**
     * Opens what was sealed under that name.
     *
     * @param length how many bytes of the array were sealed
     * @param block has room for as many
     * @return how long the block is
     * @throws DamagedPack when it is anything else
     */
    int open(BlockName name, byte[] sealed, int length, byte[] block) throws DamagedPack;
}
