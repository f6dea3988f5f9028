package org.vfrt.core.sign;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.vfrt.core.failure.BadInput;

/** What shows that a restored copy is alive. People write it as {@code KIND=VALUE}, or {@code runs}. */
public sealed interface Sign {

    /** Returns what is taken where nobody says otherwise. It is weak: a guest whose services are all dead shows it too. */
    static Sign usual() {
        return new Runs();
    }

    /** Returns it as people write it. */
    String text();

    /** Returns whether it says little about the guest. */
    default boolean weak() {
        return false;
    }

    /** The copy has not crashed, and uses CPU time. */
    record Runs() implements Sign {
        @Override
        public String text() {
            return "runs";
        }

        @Override
        public boolean weak() {
            return true;
        }
    }

    /** What it writes to its console after the restore has a part like this. Enter is pressed there for it to say something. */
    record Console(String regex) implements Sign {
        @Override
        public String text() {
            return "console=" + regex;
        }

        /** Returns it ready for use; {@code ^} and {@code $} are the ends of lines. */
        public Pattern pattern() {
            return Pattern.compile(regex, Pattern.MULTILINE);
        }
    }

    /**
     * It writes to a key of xenstore.
     *
     * @param key below the domain's own directory, as {@code data/alive}
     */
    record Xenstore(String key) implements Sign {
        @Override
        public String text() {
            return "xenstore=" + key;
        }
    }

    /**
     * It accepts a connection, on its first interface.
     *
     * @param address an IPv4 address of the guest
     */
    record Tcp(String address, int port) implements Sign {
        @Override
        public String text() {
            return "tcp=" + address + ":" + port;
        }
    }

    /**
     * A program on the machine of vfrt ends with 0.
     *
     * @param path of the program, absolute
     */
    record Script(String path) implements Sign {
        @Override
        public String text() {
            return "script=" + path;
        }
    }

    /**
     * Reads what a person wrote.
     *
     * @throws BadInput when it is none of the forms above
     */
    static Sign parse(String text) {
        int at = text.indexOf('=');
        String kind = at < 0 ? text : text.substring(0, at);
        String value = at < 0 ? "" : text.substring(at + 1);
        if (text.equals("runs")) {
            return usual();
        }
        if (value.isEmpty()) {
            throw bad("'" + text + "' is no sign of life");
        }
        return switch (kind) {
            case "console" -> console(value);
            case "xenstore" -> xenstore(value);
            case "tcp" -> tcp(value);
            case "script" -> script(value);
            default -> throw bad("'" + text + "' is no sign of life");
        };
    }

    private static Sign console(String value) {
        try {
            Console console = new Console(value);
            console.pattern();
            return console;
        } catch (PatternSyntaxException e) {
            throw bad("'" + value + "' is no regular expression: " + e.getDescription());
        }
    }

    private static Sign xenstore(String value) {
        if (!value.matches("[A-Za-z0-9_@-]+(/[A-Za-z0-9_@-]+)*") || value.length() > 256) {
            throw bad("'" + value + "' is no key below a domain's directory");
        }
        return new Xenstore(value);
    }

    private static Sign tcp(String value) {
        Matcher matcher =
                Pattern.compile("((?:\\d{1,3}\\.){3}\\d{1,3}):(\\d{1,5})").matcher(value);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65_535 || !octets(matcher.group(1))) {
            throw bad("'" + value + "' is no IPv4 address with a port");
        }
        return new Tcp(matcher.group(1), Integer.parseInt(matcher.group(2)));
    }

    private static boolean octets(String address) {
        return Pattern.compile("\\.").splitAsStream(address).allMatch(part -> Integer.parseInt(part) < 256);
    }

    private static Sign script(String value) {
        if (!value.startsWith("/")) {
            throw bad("'" + value + "' is no absolute path");
        }
        return new Script(value);
    }

    private static BadInput bad(String message) {
        return new BadInput(
                "bad-sign", message, "Write runs, console=REGEX, xenstore=KEY, tcp=ADDRESS:PORT or script=/PATH.");
    }
}
