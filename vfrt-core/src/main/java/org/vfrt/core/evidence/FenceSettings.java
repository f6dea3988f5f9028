package org.vfrt.core.evidence;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.vfrt.core.key.KeyOrigin;

/**
 * How a fence device is spoken to. Holds no secret.
 *
 * @param name unique for its host
 * @param agent the program of fence-agents, without {@code fence_}, or the absolute path of one that speaks as they do
 * @param address where the device listens; empty for an agent that needs none
 * @param user whom it knows vfrt as
 * @param password where the password is; empty for none
 * @param options what else the agent is told
 */
public record FenceSettings(
        String name,
        String agent,
        Optional<String> address,
        Optional<String> user,
        Optional<KeyOrigin> password,
        Map<String, String> options) {

    public FenceSettings {
        options = Collections.unmodifiableMap(new TreeMap<>(options));
    }
}
