package org.vfrt.cli;

import java.util.concurrent.Callable;
import org.vfrt.cli.output.ExitCode;
import picocli.CommandLine.Command;

/** {@code vfrt version}. */
@Command(description = "Show which vfrt this is, and the Java it runs on.")
final class VersionShow implements Callable<Integer> {

    private final Session session;

    VersionShow(Session session) {
        this.session = session;
    }

    /** Returns what {@code --version} prints; the launcher prints the same by itself. */
    static String line() {
        return "vfrt " + Build.version();
    }

    @Override
    public Integer call() {
        String java = Runtime.version().toString();
        session.print(json -> json.field("version", Build.version()).field("javaVersion", java), out -> {
            out.println(line());
            out.println("java " + java);
        });
        return ExitCode.DONE.number();
    }
}
