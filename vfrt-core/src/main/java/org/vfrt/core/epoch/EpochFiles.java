package org.vfrt.core.epoch;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.image.StreamReader;

/** The files of one stream's epochs, open. For one thread. */
final class EpochFiles implements Closeable {

    private static final String HEAD = "head";

    final FileChannel before;
    final FileChannel pages;
    final FileChannel types;
    final FileChannel log;
    final FileChannel definition;
    final FileChannel head;
    private final FileChannel evenBehind;
    private final FileChannel oddBehind;
    private final List<FileChannel> all = new ArrayList<>();

    /** Opens them, and makes those that are missing. */
    EpochFiles(Path directory) throws IOException {
        try {
            before = open(directory, "before");
            pages = open(directory, "pages");
            types = open(directory, "types");
            log = open(directory, "log");
            evenBehind = open(directory, "behind.0");
            oddBehind = open(directory, "behind.1");
            definition = open(directory, "definition.xml");
            head = open(directory, HEAD);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private FileChannel open(Path directory, String name) throws IOException {
        FileChannel file = DurableFiles.openOrCreate(directory.resolve(name));
        all.add(file);
        return file;
    }

    static Path head(Path directory) {
        return directory.resolve(HEAD);
    }

    /** Returns where the records behind the pages of an epoch are: by turns, so that those of the epoch before are there while others arrive. */
    FileChannel behind(long epoch) {
        return epoch % 2 == 0 ? evenBehind : oddBehind;
    }

    /**
     * Puts the pages of an epoch where they belong, durably. May be done again after it was broken off anywhere.
     *
     * @param logged says that they are in the log, durably
     * @return what says that they are where they belong, durably
     */
    EpochHead apply(EpochHead logged) throws IOException {
        PageSpace space = new PageSpace(pages, types, logged.pfnEnd());
        StreamReader.readPages(logged.log().input(log), space);
        space.force();
        EpochHead applied = new EpochHead(
                logged.epoch(),
                logged.interval(),
                true,
                space.pfnEnd(),
                logged.before(),
                SideFile.Content.NONE,
                logged.behind(),
                logged.definition());
        applied.write(head);
        return applied;
    }

    @Override
    public void close() throws IOException {
        for (FileChannel file : all) {
            file.close();
        }
    }
}
