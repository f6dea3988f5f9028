package org.vfrt.core.standby;

import java.util.List;
import java.util.UUID;

/** What of guests that went elsewhere is left on a host that came back. Every method throws {@link org.vfrt.core.failure.Temporary} when the host does not answer. */
public interface StaleCopies {

    /** Lists what could bring one of these guests back there: autostart, managed saves, saves of xendomains. In words. */
    List<String> find(String host, List<UUID> guests);

    /** Removes that. What disks hold stays. Idempotent. */
    void remove(String host, List<UUID> guests);
}
