package org.vfrt.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows in columns, left-aligned and without borders, as virsh prints them. Columns are three spaces apart and a cell never holds
 * two spaces in a row, so {@code awk -F '   +'} takes a line apart. An empty cell is shown as {@code -}.
 */
public final class Table {

    private static final String GAP = "   ";

    private final List<String[]> rows = new ArrayList<>();

    /** Begins a table with a line of titles. */
    public static Table titled(String... titles) {
        return new Table().row(titles);
    }

    /** Begins a table without titles, for one thing and its properties. */
    public static Table untitled() {
        return new Table();
    }

    private Table() {}

    /** Adds a row of as many cells as the others have. */
    public Table row(String... cells) {
        if (!rows.isEmpty() && rows.get(0).length != cells.length) {
            throw new IllegalArgumentException("a row of " + cells.length + " cells among " + rows.get(0).length);
        }
        rows.add(cells.clone());
        return this;
    }

    /** Prints every row. */
    public void print(PrintWriter out) {
        int[] widths = widths();
        StringBuilder line = new StringBuilder();
        for (String[] row : rows) {
            line.setLength(0);
            for (int column = 0; column < row.length; column++) {
                String cell = shown(row[column]);
                line.append(cell);
                if (column < row.length - 1) {
                    line.append(" ".repeat(widths[column] - cell.length())).append(GAP);
                }
            }
            out.println(line);
        }
    }

    private int[] widths() {
        int[] widths = new int[rows.isEmpty() ? 0 : rows.get(0).length];
        for (String[] row : rows) {
            for (int column = 0; column < row.length; column++) {
                widths[column] = Math.max(widths[column], shown(row[column]).length());
            }
        }
        return widths;
    }

    private static String shown(String cell) {
        return cell.isEmpty() ? "-" : cell;
    }
}
