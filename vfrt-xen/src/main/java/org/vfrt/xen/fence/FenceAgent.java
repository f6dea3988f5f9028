package org.vfrt.xen.fence;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.vfrt.core.evidence.FenceDevice;
import org.vfrt.core.evidence.FenceSettings;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.failure.TimedOut;
import org.vfrt.core.key.ReadSecret;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.LocalProgram;

/**
 * A device that a program of fence-agents speaks for. The program is started without a shell and reads lines of {@code name=value}; the password is nowhere but there.
 * The program's exit code alone never counts as power that is off: also one that fell over may end with it.
 */
public final class FenceAgent implements FenceDevice {

    /** Debian has them in /usr/sbin, which is not on everybody's path. */
    private static final List<Path> PLACES =
            List.of(Path.of("/usr/sbin"), Path.of("/usr/local/sbin"), Path.of("/usr/bin"), Path.of("/sbin"));

    /** What the agents of fence-agents print for {@code status}. */
    private static final Pattern SAYS_OFF =
            Pattern.compile("^Status:\\s*OFF\\s*$", Pattern.MULTILINE | Pattern.CASE_INSENSITIVE);

    private static final Pattern SAYS_ON =
            Pattern.compile("^Status:\\s*ON\\s*$", Pattern.MULTILINE | Pattern.CASE_INSENSITIVE);

    private static final Pattern SILENCE =
            Pattern.compile("timed? ?out|no route|unreachable|refused|unable to connect", Pattern.CASE_INSENSITIVE);

    /** What agents put before their words. */
    private static final Pattern STAMP = Pattern.compile("^[\\d-]+ [\\d:,]+ (?=[A-Z]+:)");

    private static final int ON = 0;
    private static final int OFF = 2;

    private final String host;
    private final FenceSettings settings;
    private final ReadSecret secrets;

    /** @param host whose power it is, for messages */
    public FenceAgent(String host, FenceSettings settings, ReadSecret secrets) {
        this.host = host;
        this.settings = settings;
        this.secrets = secrets;
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public Power status(Duration within) {
        HostShell.Result result = run("status", within);
        String said = result.output();
        boolean saysOff = SAYS_OFF.matcher(said).find();
        boolean saysOn = SAYS_ON.matcher(said).find();
        if (result.exitCode() == OFF && saysOff && !saysOn) {
            return Power.OFF;
        }
        if (result.exitCode() == ON && saysOn && !saysOff) {
            return Power.ON;
        }
        if (result.exitCode() == OFF || result.exitCode() == ON) {
            throw new Failed(
                    "fence-unclear",
                    device() + " was asked for its status, ended with " + result.exitCode()
                            + ", and did not say 'Status: " + (result.exitCode() == OFF ? "OFF" : "ON") + "'",
                    "See what '" + program() + "' says by hand; its word is not taken for the power being off.");
        }
        throw failure("status", result);
    }

    @Override
    public void off(Duration within) {
        demand("off", within);
    }

    @Override
    public void on(Duration within) {
        demand("on", within);
    }

    @Override
    public void check(Duration within) {
        demand("monitor", within);
    }

    private void demand(String action, Duration within) {
        HostShell.Result result = run(action, within);
        if (!result.ok()) {
            throw failure(action, result);
        }
    }

    private HostShell.Result run(String action, Duration within) {
        Optional<String> password =
                settings.password().map(origin -> secrets.line(origin, "the password of " + device()));
        StringBuilder told = new StringBuilder("action=" + action + "\n");
        settings.address()
                .ifPresent(address -> told.append("ip=").append(address).append('\n'));
        settings.user().ifPresent(user -> told.append("username=").append(user).append('\n'));
        password.ifPresent(word -> told.append("password=").append(word).append('\n'));
        settings.options()
                .forEach((name, value) ->
                        told.append(name).append('=').append(value).append('\n'));
        HostShell.Result result;
        try {
            result = LocalProgram.run(
                    List.of(program()),
                    Map.of("LC_ALL", "C", "PYTHONWARNINGS", "ignore"),
                    new ByteArrayInputStream(told.toString().getBytes(StandardCharsets.UTF_8)),
                    within);
        } catch (TimedOut e) {
            throw new Temporary(
                    "fence-silent",
                    device() + " did not answer '" + action + "' within " + within.toSeconds() + " s",
                    "See whether its address is right, and whether it can be reached from here.",
                    e);
        }
        return new HostShell.Result(
                result.exitCode(), without(password, result.output()), without(password, result.errors()));
    }

    /** An agent may repeat what it was told. */
    private static String without(Optional<String> password, String text) {
        return password.map(word -> text.replace(word, "…")).orElse(text);
    }

    private RuntimeException failure(String action, HostShell.Result result) {
        String words = Stream.of(result.errors(), result.output())
                .flatMap(String::lines)
                .map(line -> STAMP.matcher(line).replaceFirst("").strip())
                .filter(line -> !line.isEmpty())
                .reduce((first, last) -> last)
                .orElse("exit code " + result.exitCode());
        String text = device() + " refuses '" + action + "': " + words;
        return SILENCE.matcher(words).find()
                ? new Temporary(
                        "fence-silent",
                        text,
                        "See whether its address is right, and whether it can be reached from here.")
                : new Failed(
                        "fence-refused",
                        text,
                        "See whether its address, the user and the password are right; 'vfrt standby fence check "
                                + host + "' asks it again.");
    }

    private String device() {
        return "fence device '" + settings.name() + "' of host '" + host + "'";
    }

    private String program() {
        if (settings.agent().startsWith("/")) {
            return settings.agent();
        }
        String name = "fence_" + settings.agent();
        return PLACES.stream()
                .map(place -> place.resolve(name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseThrow(() -> new Failed(
                        "no-fence-agent",
                        "'" + name + "', which speaks for " + device() + ", is not on this machine",
                        "Install 'fence-agents', or 'fence-agents-"
                                + settings.agent().toLowerCase(Locale.ROOT) + "', or correct 'agent'."));
    }
}
