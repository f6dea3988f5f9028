package org.vfrt.core.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.durable.PrivateFile;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;

/** Reads an operator's key from where it is kept. */
public final class ReadKey {

    private final KeyCommand commands;

    public ReadKey(KeyCommand commands) {
        this.commands = commands;
    }

    /**
     * Reads it.
     *
     * @throws BadInput when there is no key: no such file, or something else is in it
     * @throws Refused when others can read the file, or write to it
     * @throws org.vfrt.core.failure.Failure when the command fails
     */
    public AccessKey run(KeyOrigin origin) {
        if (origin instanceof KeyOrigin.Command command) {
            return AccessKey.parse(commands.output(command.argv()), origin);
        }
        return file((KeyOrigin.File) origin);
    }

    private static AccessKey file(KeyOrigin.File origin) {
        try {
            byte[] text = PrivateFile.read(origin.path(), AccessKey.TEXT_BYTES_MAX);
            return AccessKey.parse(new String(text, StandardCharsets.ISO_8859_1), origin);
        } catch (PrivateFile.Open e) {
            throw new Refused(
                    "store-key-open",
                    "others than its owner can read or change the key in " + origin.shown(),
                    "If that is the key file, and nothing else, type 'chmod 600 " + origin.path()
                            + "'; when others may have read it, change the key with 'vfrt store key change'.");
        } catch (NoSuchFileException e) {
            throw new BadInput(
                    "no-key-file",
                    "there is no key " + origin.shown(),
                    "Name the right one, as 'store_key_file' or VFRT_STORE_KEY_FILE, or in the option that named it.");
        } catch (OddFile e) {
            throw new BadInput("bad-store-key", "what is in " + origin.shown() + " is not a key", "Name a key file.");
        } catch (IOException e) {
            throw new Failed(
                    "key-file-failed",
                    origin.shown() + " cannot be read: " + e.getMessage(),
                    "Run vfrt as the user the key belongs to.",
                    e);
        }
    }
}
