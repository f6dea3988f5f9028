package org.vfrt.xen.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A host whose tools are played by bash functions; the script under test finds them instead of the real ones. */
public final class PlayedHost {

    private PlayedHost() {}

    /**
     * Returns bash, ready to run a script there.
     *
     * @param world what the functions know as {@code $WORLD}
     * @param tools a function's body for each tool
     * @param words the arguments of bash
     */
    public static ProcessBuilder bash(Path world, Map<String, String> tools, String... words) {
        ProcessBuilder bash = new ProcessBuilder(
                Stream.concat(Stream.of("bash"), List.of(words).stream()).toList());
        tools.forEach((name, body) -> bash.environment().put("BASH_FUNC_" + name + "%%", body));
        bash.environment().put("WORLD", world.toString());
        return bash.redirectError(ProcessBuilder.Redirect.INHERIT);
    }
}
