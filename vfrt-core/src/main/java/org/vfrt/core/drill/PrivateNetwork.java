package org.vfrt.core.drill;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Bridges of a host that lead nowhere, one for each interface of a copy, and a network namespace of that name that is on the first.
 *
 * @param name of the namespace; each bridge has a digit more, and still one that Linux takes
 */
public record PrivateNetwork(String name, int interfaces) {

    /** Interfaces of a host have names of 15 characters at most, and a guest of Xen's 8 interfaces. */
    public static final int INTERFACES_MAX = 8;

    /** Returns the network for a copy: no other has its name. */
    public static PrivateNetwork of(UUID copy, int interfaces) {
        return new PrivateNetwork("vfrtd" + copy.toString().substring(0, 8), interfaces);
    }

    /** Returns the names of the bridges, in the order of the interfaces. */
    public List<String> bridges() {
        return IntStream.range(0, interfaces).mapToObj(i -> name + i).toList();
    }
}
