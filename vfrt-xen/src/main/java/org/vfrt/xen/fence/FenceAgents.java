package org.vfrt.xen.fence;

import java.util.List;
import org.vfrt.core.config.StandbySettings;
import org.vfrt.core.evidence.FenceDevice;
import org.vfrt.core.evidence.FenceTopology;
import org.vfrt.core.key.ReadSecret;

/** The devices of the configuration. Nothing is asked of them, and no secret is read, before they are used. */
public final class FenceAgents implements FenceTopology {

    private final StandbySettings settings;
    private final ReadSecret secrets;

    public FenceAgents(StandbySettings settings, ReadSecret secrets) {
        this.settings = settings;
        this.secrets = secrets;
    }

    @Override
    public List<List<FenceDevice>> levels(String host) {
        return settings.fence(host).stream()
                .map(level -> level.stream()
                        .<FenceDevice>map(device -> new FenceAgent(host, device, secrets))
                        .toList())
                .toList();
    }
}
