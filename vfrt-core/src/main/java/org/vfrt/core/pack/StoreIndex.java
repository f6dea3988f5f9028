package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Predicate;
import org.vfrt.core.durable.DurableFiles;

/**
 * Where the pages of all packs of a store are, by what is in them. A hint, as {@link HashIndex} is: it can be thrown away at any time.
 * Added to under the store's lock only; read by anybody at any time.
 */
public final class StoreIndex implements AutoCloseable {

    private final Path directory;
    private final HashIndex table;
    private final List<String> names;
    private final Predicate<String> wanted;

    private StoreIndex(Path directory, HashIndex table, List<String> names, Predicate<String> wanted) {
        this.directory = directory;
        this.table = table;
        this.names = names;
        this.wanted = wanted;
    }

    /** Opens it, and makes an empty one where there is none. */
    public static StoreIndex open(Path directory) throws IOException {
        return open(directory, name -> true);
    }

    /**
     * Opens it, and makes an empty one where there is none.
     *
     * @param wanted which packs' pages are found
     */
    public static StoreIndex open(Path directory, Predicate<String> wanted) throws IOException {
        DurableFiles.createDirectories(directory);
        return new StoreIndex(directory, HashIndex.open(table(directory)), names(directory), wanted);
    }

    /**
     * Compares what there is with the packs, and changes nothing. Reads all of it.
     *
     * @return what is odd about it; empty also when there is none
     */
    public static Optional<String> odd(Path directory, Packs packs) throws IOException {
        if (!Files.isRegularFile(table(directory), LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        Optional<HashIndex> table = HashIndex.look(table(directory));
        if (table.isEmpty()) {
            return Optional.of("it is no table of pages any more");
        }
        try (HashIndex pages = table.get()) {
            List<String> names = names(directory);
            long odd = oddNames(directory, names) + pages.odd(place -> idBegin(packs, names, place));
            return odd == 0 ? Optional.empty() : Optional.of(odd + " entries are not what they should be");
        }
    }

    /** Behind the name in its 32 bytes there are zeros. A crash may have left a part of one more. */
    private static long oddNames(Path directory, List<String> names) throws IOException {
        byte[] content = listed(directory);
        long odd = 0;
        for (int i = 0; i < names.size(); i++) {
            int at = i * PackLayout.NAME_BYTES;
            byte[] expected = PackLayout.name(names.get(i));
            odd += Arrays.equals(expected, 0, expected.length, content, at, at + PackLayout.NAME_BYTES) ? 0 : 1;
        }
        return odd;
    }

    private static OptionalLong idBegin(Packs packs, List<String> names, long place) {
        int listed = Slot.pack(place);
        if (listed < 0 || listed >= names.size()) {
            return OptionalLong.empty();
        }
        try {
            PackFile pack = packs.pack(names.get(listed));
            if (!pack.isPresent(Slot.slot(place))) {
                return OptionalLong.empty();
            }
            byte[] id = new byte[PageId.BYTES];
            pack.id(Slot.slot(place), id, 0);
            return OptionalLong.of(PackLayout.little(id).getLong(0));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Removes it. */
    public static void remove(Path directory) throws IOException {
        DurableFiles.removeTree(directory);
    }

    private static Path table(Path directory) {
        return directory.resolve("pages");
    }

    private static Path list(Path directory) {
        return directory.resolve("packs");
    }

    private static byte[] listed(Path directory) throws IOException {
        return Files.isRegularFile(list(directory), LinkOption.NOFOLLOW_LINKS)
                ? Files.readAllBytes(list(directory))
                : new byte[0];
    }

    private static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        byte[] content = listed(directory);
        for (int at = 0; at + PackLayout.NAME_BYTES <= content.length; at += PackLayout.NAME_BYTES) {
            names.add(PackLayout.name(Arrays.copyOfRange(content, at, at + PackLayout.NAME_BYTES)));
        }
        return names;
    }

    /** Returns the packs whose pages were added, also those that are gone since. */
    public List<String> packs() {
        return List.copyOf(names);
    }

    /** Adds every page of a pack. */
    public void add(Packs packs, String name) throws IOException {
        PackFile pack = packs.pack(name);
        int number = names.size();
        append(name);
        byte[] id = new byte[PageId.BYTES];
        ByteBuffer begin = PackLayout.little(id);
        for (int slot = 0; slot < pack.slots(); slot++) {
            if (pack.isPresent(slot)) {
                pack.id(slot, id, 0);
                table.add(begin.getLong(0), Slot.of(number, slot));
            }
        }
    }

    private void append(String name) throws IOException {
        try (FileChannel list = DurableFiles.openOrCreate(list(directory))) {
            // A crash may have left a part of a name.
            list.position((long) names.size() * PackLayout.NAME_BYTES);
            DurableFiles.writeAll(list, PackLayout.name(name));
        }
        names.add(name);
    }

    /** Returns it as what a packer asks. */
    Hints hints(Packs packs) {
        List<String> known = List.copyOf(names);
        int[] unknown = new int[known.size()];
        Arrays.fill(unknown, -1);
        AtomicIntegerArray numbers = new AtomicIntegerArray(unknown);
        return (id, at) -> {
            long place = table.find(id, at, candidate -> {
                int number = number(packs, known, numbers, Slot.pack(candidate));
                return number != Slot.GONE && holds(packs, number, Slot.slot(candidate), id, at);
            });
            return place == HashIndex.NOTHING
                    ? place
                    : Slot.of(number(packs, known, numbers, Slot.pack(place)), Slot.slot(place));
        };
    }

    private static boolean holds(Packs packs, int number, int slot, byte[] id, int at) {
        try {
            PackFile pack = packs.pack(number);
            return pack.isPresent(slot) && pack.idIs(slot, id, at);
        } catch (DamagedPack e) {
            return false;
        }
    }

    private int number(Packs packs, List<String> known, AtomicIntegerArray numbers, int listed) {
        // A table that a power cut left can lead anywhere.
        if (listed < 0 || listed >= known.size()) {
            return Slot.GONE;
        }
        int asked = numbers.get(listed);
        if (asked >= 0) {
            return asked;
        }
        int number;
        try {
            number = wanted.test(known.get(listed)) ? packs.number(known.get(listed)) : Slot.GONE;
        } catch (IOException e) {
            // Gone or damaged: the page can be stored again.
            number = Slot.GONE;
        }
        numbers.set(listed, number);
        return number;
    }

    @Override
    public void close() throws IOException {
        table.close();
    }
}
