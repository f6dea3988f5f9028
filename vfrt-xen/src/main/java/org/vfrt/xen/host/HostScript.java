package org.vfrt.xen.host;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A bash script that comes with vfrt and runs on a host without being a file there. */
public record HostScript(String text) {

    /** Returns the script of that name that lies beside a class, behind others of which it takes something. */
    public static HostScript beside(Class<?> owner, String... names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append(read(owner, name));
        }
        return new HostScript(text.toString());
    }

    private static String read(Class<?> owner, String name) {
        try (InputStream script =
                Objects.requireNonNull(owner.getResourceAsStream(name), name + " is missing from the jar")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs it to its end.
     *
     * @throws org.vfrt.core.failure.Failure as {@link HostShell#run}
     */
    public HostShell.Result run(HostShell shell, List<String> arguments, Duration limit) {
        List<String> command = new ArrayList<>(List.of("bash", "-s", "--"));
        command.addAll(arguments);
        return shell.run(command, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), limit);
    }

    /** Starts it and leaves it to the caller, as {@link HostShell#start}. */
    public Process start(HostShell shell, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("bash", "-c", text, "bash"));
        command.addAll(arguments);
        return shell.start(command);
    }
}
