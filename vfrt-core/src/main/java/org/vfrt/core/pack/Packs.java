package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The packs of a store that one operation has open, each under a number that {@link Slot} uses. They are opened when they are first
 * asked for, and stay as they were then. For any number of threads.
 */
public final class Packs implements AutoCloseable {

    /** Opens the file of a pack. */
    @FunctionalInterface
    public interface Files {
        FileChannel open(String name) throws IOException;
    }

    private final Files files;
    private final StoreKey key;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<PackFile> open = new CopyOnWriteArrayList<>();

    public Packs(Files files, StoreKey key) {
        this.files = files;
        this.key = key;
    }

    /** Returns what they are sealed with. */
    public StoreKey key() {
        return key;
    }

    /** Returns the number of a pack, and opens it before. */
    synchronized int number(String name) throws IOException {
        Integer known = numbers.get(name);
        if (known != null) {
            return known;
        }
        PackFile pack = PackFile.open(name, files.open(name));
        if (pack.sealed() != key.encrypts()) {
            pack.close();
            throw new DamagedPack("pack '" + name + "' is " + (pack.sealed() ? "" : "not ")
                    + "encrypted, and its store is " + (key.encrypts() ? "" : "not"));
        }
        if (open.size() == Slot.PACKS_MAX) {
            throw new IOException("more than " + Slot.PACKS_MAX + " packs");
        }
        open.add(pack);
        numbers.put(name, open.size() - 1);
        return open.size() - 1;
    }

    /** Returns whether there is such a pack, and it can be read. */
    public boolean opens(String name) {
        try {
            number(name);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Returns an open pack.
     *
     * @throws DamagedPack when it is {@link Slot#GONE}
     */
    PackFile pack(int number) throws DamagedPack {
        if (number >= open.size()) {
            throw new DamagedPack("a page lies in a pack that is not there, or is damaged");
        }
        return open.get(number);
    }

    /** Returns the number of a pack that another one leads to; {@link Slot#GONE} when it is not there any more, or is damaged. */
    int lead(PackFile from, int number) throws IOException {
        int known = from.lead(number);
        if (known >= 0) {
            return known;
        }
        int found;
        try {
            found = number(from.leadName(number));
        } catch (NoSuchFileException | DamagedPack e) {
            // What a newer map replaced may lead to what was collected since. Only a page that is wanted has to be
            // there.
            found = Slot.GONE;
        }
        from.lead(number, found);
        return found;
    }

    PackFile pack(String name) throws IOException {
        return pack(number(name));
    }

    /**
     * Looks which of the open packs have been written anew or removed since they were opened. Of those, which slots are there now is in
     * the result; what was read before goes on to be read.
     */
    Map<Integer, Optional<PackFile>> changed() throws IOException {
        Map<Integer, Optional<PackFile>> changed = new HashMap<>();
        for (int number = 0; number < open.size(); number++) {
            PackFile then = open.get(number);
            try {
                PackFile now = PackFile.open(then.name(), files.open(then.name()));
                if (now.hasSaltOf(then)) {
                    now.close();
                } else {
                    changed.put(number, Optional.of(now));
                }
            } catch (NoSuchFileException e) {
                changed.put(number, Optional.empty());
            }
        }
        return changed;
    }

    @Override
    public void close() throws IOException {
        for (PackFile pack : open) {
            pack.close();
        }
    }
}
