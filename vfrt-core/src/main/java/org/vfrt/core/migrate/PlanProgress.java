package org.vfrt.core.migrate;

import java.util.List;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.placement.PlannedMove;

/** Makes one line of how far several moves are. Safe for several threads. */
final class PlanProgress {

    private final long[] wholeBytes;
    private final long[] doneBytes;
    private final Progress progress;
    private int done;

    PlanProgress(List<PlannedMove> moves, Progress progress) {
        this.wholeBytes = moves.stream().mapToLong(PlannedMove::memoryBytes).toArray();
        this.doneBytes = new long[wholeBytes.length];
        this.progress = progress;
    }

    Progress of(int number) {
        return (phase, bytes, total) -> at(number, bytes);
    }

    synchronized void done(int number) {
        done++;
        at(number, wholeBytes[number]);
    }

    /** A guest's pages are sent again and again: more than its memory counts for nothing. */
    private synchronized void at(int number, long bytes) {
        doneBytes[number] = Math.min(wholeBytes[number], Math.max(doneBytes[number], bytes));
        long sum = 0;
        long whole = 0;
        for (int i = 0; i < wholeBytes.length; i++) {
            sum += doneBytes[i];
            whole += wholeBytes[i];
        }
        progress.at(done + " of " + wholeBytes.length + " moved", sum, whole);
    }
}
