package org.vfrt.xen.host;

import java.util.List;
import java.util.stream.Collectors;

/** The one place where arguments become text for a POSIX shell (POSIX.1-2017, Shell Command Language, 2.2.2). */
final class ShellWords {

    private ShellWords() {}

    /** Returns a command line that a shell takes apart into exactly these words. */
    static String quote(List<String> words) {
        return words.stream().map(ShellWords::quote).collect(Collectors.joining(" "));
    }

    /** Inside single quotes every character stands for itself, except the single quote. */
    private static String quote(String word) {
        if (word.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("an argument cannot hold a NUL");
        }
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
