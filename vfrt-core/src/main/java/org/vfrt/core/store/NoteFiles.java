package org.vfrt.core.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.vfrt.core.durable.DurableFiles;

/** Notes that are files, a kind of them in a directory of its own. */
record NoteFiles(Path store) implements Notes {

    @Override
    public Optional<byte[]> read(String name, int bytesMax) throws IOException {
        try {
            return Optional.of(DurableFiles.read(store.resolve(name), bytesMax));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void put(String name, byte[] content) throws IOException {
        int kind = name.indexOf('/');
        if (kind >= 0) {
            DurableFiles.createDirectories(store.resolve(name.substring(0, kind)));
        }
        DurableFiles.replace(store.resolve(name), content);
    }

    @Override
    public void remove(String name) throws IOException {
        DurableFiles.remove(store.resolve(name));
    }

    @Override
    public List<String> names(String kind) throws IOException {
        return DurableFiles.names(store.resolve(kind));
    }

    @Override
    public Map<String, byte[]> all(String kind, int bytesMax) throws IOException {
        Map<String, byte[]> all = new TreeMap<>();
        for (String name : names(kind)) {
            try {
                all.put(name, DurableFiles.read(store.resolve(kind).resolve(name), bytesMax));
            } catch (IOException e) {
                // One that cannot be read is as good as none.
            }
        }
        return all;
    }
}
