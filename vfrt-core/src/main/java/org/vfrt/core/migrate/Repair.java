package org.vfrt.core.migrate;

/**
 * The one thing to do about a guest that something broke.
 *
 * @param host where
 */
public record Repair(Kind kind, String host) {

    /** What can be done. */
    public enum Kind {
        /** Resume what was left suspended, and end a job of libvirt that nobody else will end (bugs A, C, D). */
        WAKE("lets it go on"),
        /** Tell libvirt that it runs (bug B). */
        SET_STATE("sets libvirt's word right, which says 'paused'"),
        /** Take away a suspended domain: the guest runs on another host. */
        REMOVE_OLD("takes its old domain away"),
        /** Take away what arrived and never ran. */
        REMOVE_RECEIVED("takes away what was received of it and never ran"),
        /** Let run what arrived in full and was never let run: its old host has nothing of it any more. */
        LET_RUN("lets what was received of it run"),
        /** Remove a definition: the guest runs on another host and is defined there. */
        UNDEFINE("removes its definition");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** Returns what it does, in words. */
        public String words() {
            return words;
        }
    }
}
