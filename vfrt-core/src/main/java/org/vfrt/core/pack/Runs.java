package org.vfrt.core.pack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * A block of a page map, as runs of neighbours that belong together: as in the map before, not named, zero, in slots that follow each
 * other. A guest that hardly changed costs a few bytes for each page that did.
 */
final class Runs {

    /** As in the map that this one is a difference to. */
    private static final int SAME = 4;

    private Runs() {}

    /**
     * Writes a block.
     *
     * @param states of its page frames
     * @param before of the same page frames in the map that this one is a difference to, or none
     * @return empty when nothing differs
     */
    static byte[] write(long[] states, long[] before, Leads leads) throws DamagedPack {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Map<Integer, Integer> expected = new HashMap<>();
        int at = 0;
        while (at < states.length) {
            int end = at + 1;
            long state = states[at];
            if (before.length > 0 && state == before[at]) {
                while (end < states.length && states[end] == before[end]) {
                    end++;
                }
                if (end == states.length && at == 0) {
                    return new byte[0];
                }
                out.write(SAME);
                number(out, end - at);
            } else {
                long step = PfnState.isStored(state) ? 1 : 0;
                while (end < states.length
                        && states[end] == state + step * (end - at)
                        && (before.length == 0 || states[end] != before[end])) {
                    end++;
                }
                run(out, state, end - at, expected, leads);
            }
            at = end;
        }
        return out.toByteArray();
    }

    private static void run(
            ByteArrayOutputStream out, long state, int length, Map<Integer, Integer> expected, Leads leads)
            throws DamagedPack {
        out.write(PfnState.kind(state) | (PfnState.type(state) << 4));
        number(out, length);
        if (PfnState.isStored(state)) {
            long slot = PfnState.slot(state);
            int pack = leads.of(Slot.pack(slot));
            number(out, pack);
            long jump = (Slot.slot(slot) & 0xffff_ffffL) - (expected.getOrDefault(pack, 0) & 0xffff_ffffL);
            number(out, (jump << 1) ^ (jump >> 63));
            expected.put(pack, Slot.slot(slot) + length);
        }
    }

    /** Tells which pack the number in a map means. */
    @FunctionalInterface
    interface Leading {
        int pack(int number) throws IOException;
    }

    /** Changes the states of the map before into those of this one. */
    static void apply(byte[] runs, long[] states, Leading leading) throws IOException {
        Input in = new Input(runs);
        Map<Integer, Integer> expected = new HashMap<>();
        int at = 0;
        while (in.more()) {
            int head = in.next();
            long length = in.number();
            if (length <= 0 || length > states.length - at) {
                throw new DamagedPack("a page map that is longer than it can be");
            }
            int end = at + (int) length;
            int type = head >>> 4;
            switch (head & 0xf) {
                case SAME -> at = end;
                case PfnState.UNNAMED -> at = fill(states, at, end, 0, 0);
                case PfnState.BARE -> at = fill(states, at, end, PfnState.bare(type), 0);
                case PfnState.ZERO -> at = fill(states, at, end, PfnState.zero(type), 0);
                case PfnState.STORED -> {
                    int pack = (int) in.number();
                    long coded = in.number();
                    long slot = (expected.getOrDefault(pack, 0) & 0xffff_ffffL) + ((coded >>> 1) ^ -(coded & 1));
                    if (slot < 0 || slot + length > 0xffff_ffffL) {
                        throw new DamagedPack("a page map that leads to no slot");
                    }
                    at = fill(states, at, end, PfnState.stored(type, Slot.of(leading.pack(pack), (int) slot)), 1);
                    expected.put(pack, (int) (slot + length));
                }
                default -> throw new DamagedPack("a page map that makes no sense");
            }
        }
    }

    private static int fill(long[] states, int from, int end, long state, long step) {
        for (int i = from; i < end; i++) {
            states[i] = state + step * (i - from);
        }
        return end;
    }

    private static void number(ByteArrayOutputStream out, long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            out.write((int) (left & 0x7f) | 0x80);
            left >>>= 7;
        }
        out.write((int) left);
    }

    private static final class Input {
        private final byte[] bytes;
        private int at;

        Input(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean more() {
            return at < bytes.length;
        }

        int next() throws DamagedPack {
            if (at == bytes.length) {
                throw new DamagedPack("a page map that is cut short");
            }
            return bytes[at++] & 0xff;
        }

        long number() throws DamagedPack {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                int piece = next();
                value |= (long) (piece & 0x7f) << shift;
                if (piece < 0x80) {
                    return value;
                }
            }
            throw new DamagedPack("a page map with a number that does not end");
        }
    }
}
