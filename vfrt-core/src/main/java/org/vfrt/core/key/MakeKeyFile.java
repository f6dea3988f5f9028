package org.vfrt.core.key;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;

/** Makes a new key in a file of its own, 0600. Never touches a file that is there. */
public final class MakeKeyFile {

    private final Random random;

    /** @param random makes the key; nobody can guess what it says */
    public MakeKeyFile(Random random) {
        this.random = random;
    }

    /**
     * Makes it. The file is durable when this returns: what is locked with the key afterwards can be opened again.
     *
     * @throws Refused when there is a file of that name
     */
    public AccessKey run(Path path) {
        Path file = path.toAbsolutePath();
        AccessKey key = AccessKey.fresh(random);
        try {
            DurableFiles.write(file, key.file());
            DurableFiles.sync(Objects.requireNonNullElse(file.getParent(), file));
            return key;
        } catch (FileAlreadyExistsException e) {
            throw new Refused(
                    "key-file-exists",
                    "there is a file '" + path + "', and a key in it may open another store; nothing was changed",
                    "Name a new file.");
        } catch (NoSuchFileException e) {
            throw new BadInput(
                    "no-such-directory",
                    "there is no directory for the key file '" + path + "'",
                    "Make it first, where others cannot look.");
        } catch (IOException e) {
            throw new Failed(
                    "key-file-failed",
                    "the key file '" + path + "' could not be written: " + e.getMessage(),
                    "Name a file where you can write.",
                    e);
        }
    }
}
