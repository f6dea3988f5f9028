package org.vfrt.core.standby;

import java.time.Clock;
import org.vfrt.core.claim.Register;
import org.vfrt.core.evidence.EvidenceRecords;
import org.vfrt.core.evidence.Proof;
import org.vfrt.core.evidence.Watch;
import org.vfrt.core.pool.Pool;
import org.vfrt.core.process.Ticker;

/** All that the standby engine knows of the world: every operation is made of one of these. */
public record StandbyWorld(
        Register register,
        Pool pool,
        Permits permits,
        Watch watch,
        EvidenceRecords evidence,
        Proof proof,
        StandbyCaptures captures,
        Activator activator,
        Health health,
        Announcements announcements,
        Placement placement,
        StaleCopies stale,
        Identity identity,
        Clock clock,
        Ticker ticker,
        StandbyRules rules) {}
