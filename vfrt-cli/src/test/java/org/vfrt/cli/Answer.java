package org.vfrt.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What vfrt answered to a command that ran for real, on this machine. */
record Answer(int code, String out, String err) {

    /** Runs vfrt with a configuration. */
    static Answer of(Path configuration, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--config", configuration.toString()));
        Interruption interruption = new Interruption(new PrintWriter(err), Duration.ofSeconds(1));
        int code = Main.run(
                new PrintWriter(out), new PrintWriter(err), new ThisMachine(interruption), all.toArray(String[]::new));
        return new Answer(code, out.toString(), err.toString());
    }

    /** Returns the cells of the rows below the titles. */
    List<List<String>> rows() {
        return out.lines()
                .skip(1)
                .map(line -> List.of(line.strip().split("   +", -1)))
                .toList();
    }

    List<String> firstCells() {
        return rows().stream().map(row -> row.get(0)).toList();
    }
}
