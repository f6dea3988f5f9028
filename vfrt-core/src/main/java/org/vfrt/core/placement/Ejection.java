package org.vfrt.core.placement;

import java.util.BitSet;

/**
 * Makes room: a guest that must go and finds no place takes that of another one, which finds a place, or takes that of a third one.
 */
final class Ejection {

    private static final int DEPTH = 2;
    private static final int TRIES_MAX = 200_000;

    private final Layout layout;
    private final BitSet residents;
    private int tries;

    /** @param residents units that no place is looked for, wherever they are: they only make room */
    Ejection(Layout layout, BitSet residents) {
        this.layout = layout;
        this.residents = (BitSet) residents.clone();
    }

    /** Places the guests that are where they must not be, as far as that is possible. */
    void run() {
        for (int unit = 0; unit < layout.units(); unit++) {
            if (!residents.get(unit) && layout.movable(unit) && layout.mustGo(unit)) {
                tries = 0;
                place(unit, DEPTH, -1);
            }
        }
        layout.addUp();
    }

    /** @param barred a host that the unit has just been sent away from, or -1 */
    private boolean place(int unit, int depth, int barred) {
        for (int host = 0; host < layout.hosts(); host++) {
            if (host != barred && host != layout.hostOf(unit) && layout.fits(unit, host)) {
                layout.move(unit, host);
                return true;
            }
        }
        for (int host = 0; depth > 0 && host < layout.hosts(); host++) {
            if (host != barred
                    && host != layout.hostOf(unit)
                    && layout.reachable(unit).get(host)
                    && takePlace(unit, host, depth)) {
                return true;
            }
        }
        return false;
    }

    private boolean takePlace(int unit, int host, int depth) {
        int from = layout.hostOf(unit);
        for (int other : layout.unitsByHost()[host]) {
            if (tries++ > TRIES_MAX) {
                return false;
            }
            if (layout.movable(other) && layout.fitsInPlaceOf(unit, host, other)) {
                layout.move(unit, host);
                if (place(other, depth - 1, host)) {
                    return true;
                }
                layout.move(unit, from);
            }
        }
        return false;
    }
}
