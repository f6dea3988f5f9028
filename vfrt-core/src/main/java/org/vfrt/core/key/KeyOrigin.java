package org.vfrt.core.key;

import java.nio.file.Path;
import java.util.List;

/** Where an operator's key comes from. Says nothing of the key itself, so it may be shown. */
public sealed interface KeyOrigin {

    /** Returns it for people, for example {@code file '/etc/vfrt/store.key'}. */
    String shown();

    /** A file that holds the key. */
    record File(Path path) implements KeyOrigin {

        @Override
        public String shown() {
            return "file '" + path + "'";
        }
    }

    /** A program of this machine that prints the key; no shell is between. */
    record Command(List<String> argv) implements KeyOrigin {

        public Command {
            argv = List.copyOf(argv);
            if (argv.isEmpty()) {
                throw new IllegalArgumentException("a command needs a program");
            }
        }

        /** The program alone: an argument may be meant for nobody's eyes. */
        @Override
        public String shown() {
            return "command '" + argv.get(0) + "'";
        }
    }
}
