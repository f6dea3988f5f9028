package org.vfrt.cli;

/** The person in front of the command. */
interface Terminal {

    /** Asks a question; anything but a clear yes is a no. */
    boolean confirm(String question);
}
