package org.vfrt.core.pack;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The packs of a store that one operation has open, each under a number that {@link Slot} uses. They are opened when they are first
 * asked for, and stay as they were then. For any number of threads.
 */
public final class Packs implements AutoCloseable {

    /** Where the packs of a store are. Whatever was opened can be read until this is closed. */
    @FunctionalInterface
    public interface Files extends Closeable {

        /**
         * Opens a pack in its newest writing.
         *
         * @throws NoSuchFileException when there is none
         */
        PackSource open(String name) throws IOException;

        /**
         * Is told which packs are going to be opened.
         *
         * @return those that can be opened without waiting for another machine
         */
        default Set<String> fetch(Collection<String> names) throws IOException {
            return Set.copyOf(names);
        }

        /** Returns those of the open packs that may have been written anew or removed since; all, when that is as quickly seen. */
        default Collection<String> perhapsChanged(Map<String, PackSource> opened) throws IOException {
            return opened.keySet();
        }

        @Override
        default void close() throws IOException {}
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
        PackFile pack = opened(name);
        if (pack.sealed() != key.encrypts()) {
            pack.close();
            throw new OtherKey("pack '" + name + "' is " + (pack.sealed() ? "" : "not ") + "encrypted, and its store is"
                    + (key.encrypts() ? "" : " not"));
        }
        if (open.size() == Slot.PACKS_MAX) {
            throw new IOException("more than " + Slot.PACKS_MAX + " packs");
        }
        open.add(pack);
        numbers.put(name, open.size() - 1);
        return open.size() - 1;
    }

    /** Opens a pack, and all that it leads to, by however many steps: then nothing has to be opened later. */
    public void openAll(String name) throws IOException {
        Set<String> seen = new HashSet<>(List.of(name));
        List<String> next = List.of(name);
        while (!next.isEmpty()) {
            files.fetch(next);
            List<String> further = new ArrayList<>();
            for (String one : next) {
                if (opens(one)) {
                    pack(one).leadsTo().stream().filter(seen::add).forEach(further::add);
                }
            }
            next = further;
        }
    }

    private PackFile opened(String name) throws IOException {
        PackSource source = files.open(name);
        try {
            return PackFile.open(name, source);
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
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

    /** Returns whether there is such a pack, its ends and its definition are what was written, and they do not open with the store's key. */
    public boolean isOfAnotherKey(String name) {
        try {
            ImageUnpacker.definition(this, name);
            return false;
        } catch (OtherKey e) {
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
        Map<String, PackSource> opened = new LinkedHashMap<>();
        open.forEach(pack -> opened.put(pack.name(), pack.source()));
        Map<Integer, Optional<PackFile>> changed = new HashMap<>();
        for (String name : files.perhapsChanged(opened)) {
            int number = number(name);
            PackFile then = open.get(number);
            try {
                PackFile now = opened(name);
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
        files.close();
    }
}
