package org.vfrt.core.standby;

import java.time.Duration;

/**
 * What the configuration says of standbys.
 *
 * @param hostsMost how many hosts may be silent or failed over within {@code hostsWithin}; with more, the network or the watcher is taken to be at fault
 * @param guestMost how often one guest may be failed over within {@code hostsWithin}; one that brings down host after host is stopped so
 * @param healthWithin how long a guest may take until its health check passes
 * @param patience how long nothing has to happen until what another controller began is continued
 * @param capturesAtOnce how many captures go on at a time; streams are not counted
 * @param backOffMost how long to wait at most after failure upon failure
 * @param rejoins whether a host that came back is cleaned and rejoined without a person
 */
public record StandbyRules(
        int hostsMost,
        Duration hostsWithin,
        int guestMost,
        Duration healthWithin,
        Duration patience,
        int capturesAtOnce,
        Duration backOffMost,
        boolean rejoins) {

    /** What holds where nothing is said. */
    public static final StandbyRules DEFAULT = new StandbyRules(
            2,
            Duration.ofMinutes(10),
            3,
            Duration.ofMinutes(2),
            Duration.ofMinutes(2),
            2,
            Duration.ofMinutes(10),
            false);
}
