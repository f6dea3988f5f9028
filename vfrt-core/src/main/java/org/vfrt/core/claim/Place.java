package org.vfrt.core.claim;

/**
 * One boot of one host: where a guest may run.
 *
 * @param host its name in the configuration
 * @param boot its kernel's boot id
 */
public record Place(String host, String boot) {

    /** Returns it for people. */
    @Override
    public String toString() {
        return host + " (boot " + boot + ")";
    }
}
