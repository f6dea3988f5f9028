package org.vfrt.xen.s3;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.vfrt.core.store.Notes;

/** Notes that are objects. */
record S3Notes(Objects objects, Remembered remembered) implements Notes {

    @Override
    public Optional<byte[]> read(String name, int bytesMax) throws IOException {
        return objects.get(name, bytesMax).map(there -> there.value().content());
    }

    @Override
    public void put(String name, byte[] content) {
        objects.put(name, content);
    }

    @Override
    public void remove(String name) {
        objects.delete(name);
    }

    @Override
    public List<String> names(String kind) {
        return objects.list(kind + "/").value().stream()
                .map(entry -> entry.key().substring(kind.length() + 1))
                .toList();
    }

    @Override
    public Map<String, byte[]> all(String kind, int bytesMax) throws IOException {
        Map<String, byte[]> all = new ConcurrentSkipListMap<>();
        AtOnce.each(objects.list(kind + "/").value(), entry -> {
            try {
                remembered
                        .get(entry, bytesMax)
                        .ifPresent(content -> all.put(entry.key().substring(kind.length() + 1), content));
            } catch (IOException e) {
                // One that cannot be read is as good as none.
            }
        });
        return all;
    }
}
