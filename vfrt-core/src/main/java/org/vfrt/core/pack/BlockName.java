package org.vfrt.core.pack;

/** Which block of a pack it is: nothing can be put in another's place unnoticed. */
record BlockName(int kind, int number) {

    static final int FRAME = 0;
}
