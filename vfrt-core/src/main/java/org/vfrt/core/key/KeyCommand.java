package org.vfrt.core.key;

import java.util.List;

/** Runs the programs that print keys. */
@FunctionalInterface
public interface KeyCommand {

    /**
     * Runs a program of this machine to its end, without a shell and without anything to read.
     *
     * @return what it printed; never kept nor logged by anybody on the way
     * @throws org.vfrt.core.failure.Failure when it cannot be started, fails, or does not end. The failure has nothing of what it
     *     printed.
     */
    String output(List<String> argv);
}
