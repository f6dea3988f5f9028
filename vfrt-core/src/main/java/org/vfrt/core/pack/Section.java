package org.vfrt.core.pack;

/** The parts of a pack behind its frames. The numbers are in the files: they are never used for anything else. */
enum Section {
    /** 32 bytes for each slot: the id of its page. Not sealed: ids say nothing to who has no key. */
    IDS(1),
    /** 24 bytes for each frame: where it is, its checksum, which of its slots are there. Not sealed. */
    FRAMES(2),
    /** For each 4096 slots, those that hold a difference, and to which page. */
    BASES(3),
    /** What is before the pages in the stream. */
    RECORDS_BEFORE(4),
    /** What is behind the pages in the stream. */
    RECORDS_BEHIND(5),
    /** The guest's XML. */
    DEFINITION(6),
    /** For each 65536 page frames, what they held. */
    MAP(7),
    /** The names of the packs that this one leads to. Not sealed. */
    PACKS(8);

    private final int number;

    Section(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
