package org.vfrt.core.checkpoint;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Several things of several facts each in one fact of the journal. */
final class NotedRows {

    /** Between the facts of a disk, and between disks: neither is in any name that an engine takes. */
    private static final String FACT = "\t";

    private static final String ROW = "\n";

    private NotedRows() {}

    static String of(Stream<List<String>> rows) {
        return rows.map(row -> String.join(FACT, row)).collect(Collectors.joining(ROW));
    }

    static Stream<String[]> in(Optional<String> fact) {
        return fact.filter(text -> !text.isEmpty()).stream()
                .flatMap(text -> Stream.of(text.split(ROW, -1)))
                .map(row -> row.split(FACT, -1));
    }
}
