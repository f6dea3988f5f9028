package org.vfrt.core.placement;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;

/**
 * Tells one layout of a pool from another: which hosts take guests, and which guest of what size is where. Use of CPU time is left out, and so
 * is the memory of hosts: what Xen has free differs by some pages from one minute to the next, and whoever moves a guest looks at it again.
 */
final class PoolDigest {

    private PoolDigest() {}

    static String of(PoolLoad pool) {
        StringBuilder text = new StringBuilder();
        pool.hosts().stream()
                .sorted(Comparator.comparing(HostLoad::name))
                .forEach(host -> text.append(host.name())
                        .append('\t')
                        .append(host.state())
                        .append('\n'));
        pool.guests().stream()
                .sorted(Comparator.comparing(GuestLoad::name))
                .forEach(guest -> text.append(guest.uuid())
                        .append('\t')
                        .append(guest.host())
                        .append('\t')
                        .append(guest.need().memoryBytes())
                        .append('\n'));
        return hash(text.toString());
    }

    static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
