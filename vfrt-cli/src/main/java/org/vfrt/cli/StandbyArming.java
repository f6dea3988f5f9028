package org.vfrt.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.core.standby.Arming;
import org.vfrt.core.standby.StandbyWorld;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt standby disarm} and {@code vfrt standby arm}. */
final class StandbyArming {

    private StandbyArming() {}

    private static Arming arming(Session session) {
        StandbyWorld world = session.operations().standby();
        return new Arming(world.register(), world.clock());
    }

    /** {@code vfrt standby disarm}. */
    @Command(
            description = "Let no host be failed over until 'vfrt standby arm': for work at the network. Copies go on.",
            sortOptions = false)
    static final class Disarm implements Callable<Integer> {

        private final Session session;

        @Option(names = "--as", paramLabel = "NAME", required = true, description = "Your own name.")
        private @Nullable String person;

        @Option(names = "--why", paramLabel = "TEXT", required = true, description = "Why, for those who wonder.")
        private @Nullable String why;

        Disarm(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            arming(session).disarm(String.valueOf(person), String.valueOf(why));
            session.print(json -> json.field("armed", false), out -> out.println("failover is disarmed"));
            return ExitCode.DONE.number();
        }
    }

    /** {@code vfrt standby arm}. */
    @Command(description = "Let hosts be failed over again.")
    static final class Arm implements Callable<Integer> {

        private final Session session;

        @Option(names = "--as", paramLabel = "NAME", required = true, description = "Your own name.")
        private @Nullable String person;

        Arm(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            arming(session).arm(String.valueOf(person));
            session.print(json -> json.field("armed", true), out -> out.println("failover is armed"));
            return ExitCode.DONE.number();
        }
    }
}
