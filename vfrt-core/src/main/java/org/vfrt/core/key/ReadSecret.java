package org.vfrt.core.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.durable.PrivateFile;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;

/** Reads a secret of another system's, such as a password, from where it is kept. What it is is in no message. */
public final class ReadSecret {

    /** A key in PEM, with what people write around it. */
    private static final int BYTES_MAX = 64 << 10;

    private final KeyCommand commands;

    public ReadSecret(KeyCommand commands) {
        this.commands = commands;
    }

    /**
     * Reads it.
     *
     * @param what whose it is, for messages, for example {@code the password of fence device 'ipmilan' of host 'xen1'}
     * @return what is there, without the line's end
     * @throws BadInput when there is none
     * @throws Refused when others can read the file, or write to it
     * @throws org.vfrt.core.failure.Failure when the command fails
     */
    public String run(KeyOrigin origin, String what) {
        String text = (origin instanceof KeyOrigin.Command command
                        ? commands.output(command.argv())
                        : file((KeyOrigin.File) origin, what))
                .replaceFirst("\\r?\\n\\z", "");
        if (text.isEmpty() || text.indexOf('\0') >= 0) {
            throw new BadInput(
                    "bad-secret",
                    "what " + origin.shown() + " gives is not " + what,
                    "Write it there, and nothing else.");
        }
        return text;
    }

    /**
     * Reads one that is one line, and so fits where a line ends it.
     *
     * @throws BadInput also when there are several lines
     */
    public String line(KeyOrigin origin, String what) {
        String text = run(origin, what);
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new BadInput(
                    "bad-secret",
                    "what " + origin.shown() + " gives is not one line, so it is not " + what,
                    "Write it there in one line.");
        }
        return text;
    }

    private static String file(KeyOrigin.File origin, String what) {
        try {
            return new String(PrivateFile.read(origin.path(), BYTES_MAX), StandardCharsets.UTF_8);
        } catch (PrivateFile.Open e) {
            throw new Refused(
                    "secret-open",
                    "others than its owner can read or change " + what + " in " + origin.shown(),
                    "Type 'chmod 600 " + origin.path() + "'; when others may have read it, change it.");
        } catch (NoSuchFileException e) {
            throw new BadInput(
                    "no-secret",
                    "there is no " + origin.shown() + " with " + what,
                    "Name the right one in the configuration.");
        } catch (OddFile e) {
            throw new BadInput(
                    "bad-secret",
                    "what is in " + origin.shown() + " is not " + what,
                    "Write it there, and nothing else.");
        } catch (IOException e) {
            throw new Failed(
                    "secret-failed",
                    origin.shown() + " with " + what + " cannot be read: " + e.getMessage(),
                    "Run vfrt as the user it belongs to.",
                    e);
        }
    }
}
