package org.vfrt.cli;

import java.util.Optional;

/** Everything around one run of vfrt. Tests bring their own. */
interface World {

    /** Returns the terminal, if a person sits in front of both ends of the command. */
    Optional<Terminal> terminal();

    /** Returns what vfrt can do under these settings. Nothing is read or connected to before it is used. */
    Operations operations(Settings settings);

    /** Returns what knows of signals. */
    Interruption interruption();
}
