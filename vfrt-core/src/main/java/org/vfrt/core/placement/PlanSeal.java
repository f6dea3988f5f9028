package org.vfrt.core.placement;

import java.util.List;

/**
 * Tells a plan from one that was edited: what is to be done, for which pool, and what was promised of it. How it is written, and why it was
 * chosen, is left out. It guards against mistakes and not against malice: whoever may apply a plan may make one.
 */
final class PlanSeal {

    private PlanSeal() {}

    static String of(PlanDocument document) {
        StringBuilder text = new StringBuilder();
        line(
                text,
                document.madeAt(),
                document.plan().digest(),
                document.goal(),
                document.emptied(),
                document.plan().before(),
                document.plan().after());
        int number = 0;
        for (List<PlannedMove> wave : document.waves()) {
            number++;
            for (PlannedMove move : wave) {
                line(
                        text,
                        number,
                        move.move(),
                        move.memoryBytes(),
                        move.predicted().toMillis(),
                        move.predictedPause().toMillis(),
                        move.learnedFrom(),
                        move.reason());
            }
        }
        return PoolDigest.hash(text.toString());
    }

    private static void line(StringBuilder text, Object... values) {
        for (Object value : values) {
            text.append(value).append('\t');
        }
        text.append('\n');
    }
}
