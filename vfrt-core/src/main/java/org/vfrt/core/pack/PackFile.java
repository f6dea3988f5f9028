package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.vfrt.core.key.Algorithms;

/**
 * An open pack, for reading. What is read of it stays as it was opened, also when the file's name leads to a newer writing meanwhile.
 * For any number of threads.
 */
final class PackFile implements AutoCloseable {

    private static final int PIECE_BYTES = 1 << 20;

    private record Extent(long offset, long length, String sha256) {}

    private final String name;
    private final PackSource source;
    private final byte[] salt;
    private final boolean sealed;
    private final Map<Section, Extent> sections;
    private final int slots;
    private final int mapDepth;
    private final int mapParent;
    private final long pfnEnd;
    private final MappedArea ids;
    private final MappedArea frames;
    private final String[] packs;
    private final AtomicIntegerArray leads;

    private PackFile(String name, PackSource source, byte[] head, byte[] directory, byte[] tail) throws IOException {
        this.name = name;
        this.source = source;
        ByteBuffer first = PackLayout.little(head);
        this.sealed = (first.getShort(10) & PackLayout.SEALED) != 0;
        this.salt = Arrays.copyOfRange(head, PackLayout.SALT_AT, PackLayout.SALT_AT + PackLayout.SALT_BYTES);
        ByteBuffer last = PackLayout.little(tail);
        this.slots = last.getInt(12);
        this.pfnEnd = last.getLong(16);
        this.mapDepth = last.getInt(24);
        this.mapParent = last.getInt(28);
        this.sections = sections(directory, source.bytes());
        FileChannel behindFrames = behindFrames();
        this.ids = mapped(behindFrames, Section.IDS, (long) PageId.BYTES * slots);
        this.frames = mapped(behindFrames, Section.FRAMES, (long) PackLayout.FRAME_ENTRY_BYTES * frameCount());
        this.packs = packs();
        int[] unknown = new int[packs.length];
        Arrays.fill(unknown, -1);
        this.leads = new AtomicIntegerArray(unknown);
    }

    /**
     * Opens a pack. Reads its ends only, whatever its length.
     *
     * @param source belongs to the pack from now on
     * @throws DamagedPack when it is not that pack, or its ends are not what was written
     */
    static PackFile open(String name, PackSource source) throws IOException {
        byte[] head = new byte[PackLayout.HEAD_BYTES];
        byte[] tail = new byte[PackLayout.TAIL_BYTES];
        long bytes = source.bytes();
        if (bytes < PackLayout.HEAD_BYTES + PackLayout.TAIL_BYTES) {
            throw new DamagedPack("pack '" + name + "' has " + bytes + " bytes only");
        }
        read(source, name, 0, head);
        read(source, name, bytes - tail.length, tail);
        ByteBuffer first = PackLayout.little(head);
        ByteBuffer last = PackLayout.little(tail);
        if (first.getLong(0) != PackLayout.HEAD_MAGIC || last.getLong(56) != PackLayout.TAIL_MAGIC) {
            throw new DamagedPack("'" + name + "' is not a pack, or was cut short");
        }
        if (first.getShort(8) != PackLayout.VERSION) {
            throw new DamagedPack("pack '" + name + "' is of format " + first.getShort(8)
                    + ", and this vfrt reads format " + PackLayout.VERSION);
        }
        long directoryAt = last.getLong(0);
        int count = last.getInt(8);
        if (count < 0
                || count > 64
                || directoryAt < PackLayout.HEAD_BYTES
                || directoryAt + (long) count * PackLayout.DIRECTORY_ENTRY_BYTES + tail.length != bytes) {
            throw new DamagedPack("the directory of pack '" + name + "' is not where it says");
        }
        byte[] directory = new byte[count * PackLayout.DIRECTORY_ENTRY_BYTES];
        read(source, name, directoryAt, directory);
        if (!Arrays.equals(seal(head, directory, tail), 0, 20, tail, 32, 52)) {
            throw new DamagedPack("the ends of pack '" + name + "' are not what was written");
        }
        if (!PackLayout.name(Arrays.copyOfRange(head, PackLayout.NAME_AT, PackLayout.HEAD_BYTES))
                .equals(name)) {
            throw new DamagedPack("pack '" + name + "' is another one, that was given this name");
        }
        return new PackFile(name, source, head, directory, tail);
    }

    /** Returns the checksum over both ends, of which the first 20 bytes are kept. */
    static byte[] seal(byte[] head, byte[] directory, byte[] tail) {
        MessageDigest digest = PageId.sha256();
        digest.update(head);
        digest.update(directory);
        digest.update(tail, 0, 32);
        return digest.digest();
    }

    private Map<Section, Extent> sections(byte[] directory, long bytes) throws DamagedPack {
        Map<Section, Extent> found = new EnumMap<>(Section.class);
        ByteBuffer entries = PackLayout.little(directory);
        for (int at = 0; at < directory.length; at += PackLayout.DIRECTORY_ENTRY_BYTES) {
            int number = entries.getInt(at);
            Section section = Arrays.stream(Section.values())
                    .filter(one -> one.number() == number)
                    .findFirst()
                    .orElseThrow(() -> new DamagedPack("pack '" + name + "' has a part that is not known, " + number));
            Extent extent = new Extent(
                    entries.getLong(at + 8),
                    entries.getLong(at + 16),
                    HexFormat.of().formatHex(directory, at + 32, at + 64));
            if (extent.offset() < 0 || extent.length() < 0 || extent.offset() + extent.length() > bytes) {
                throw new DamagedPack("a part of pack '" + name + "' is beyond its end");
            }
            found.put(section, extent);
        }
        if (found.size() != Section.values().length) {
            throw new DamagedPack("a part of pack '" + name + "' is missing");
        }
        return found;
    }

    /** All that is not pages, which is wanted again and again. */
    private FileChannel behindFrames() throws IOException {
        long from = source.bytes();
        for (Extent extent : sections.values()) {
            from = Math.min(from, extent.offset());
        }
        return source.fetched(from, source.bytes() - from);
    }

    private MappedArea mapped(FileChannel file, Section section, long expectedBytes) throws IOException {
        Extent extent = extent(section);
        if (extent.length() != expectedBytes) {
            throw new DamagedPack("the part " + section + " of pack '" + name + "' has a wrong length");
        }
        return MappedArea.reading(file, extent.offset(), extent.length());
    }

    private Extent extent(Section section) {
        Extent extent = sections.get(section);
        if (extent == null) {
            throw new IllegalStateException(section + " was checked to be there");
        }
        return extent;
    }

    private String[] packs() throws IOException {
        byte[] names = whole(Section.PACKS);
        String[] found = new String[names.length / PackLayout.NAME_BYTES];
        for (int i = 0; i < found.length; i++) {
            int at = i * PackLayout.NAME_BYTES;
            found[i] = PackLayout.name(Arrays.copyOfRange(names, at, at + PackLayout.NAME_BYTES));
        }
        return found;
    }

    String name() {
        return name;
    }

    PackSource source() {
        return source;
    }

    /** Returns whether its pages can be read without waiting for another machine. */
    boolean isNear() {
        return source.isNear();
    }

    byte[] salt() {
        return salt.clone();
    }

    /** Returns whether both are the same writing of a pack. */
    boolean hasSaltOf(PackFile other) {
        return Arrays.equals(salt, other.salt);
    }

    boolean sealed() {
        return sealed;
    }

    int slots() {
        return slots;
    }

    int frameCount() {
        return (slots + PackLayout.FRAME_SLOTS - 1) / PackLayout.FRAME_SLOTS;
    }

    /** Returns the highest page frame number in the map, and one more. */
    long pfnEnd() {
        return pfnEnd;
    }

    /** Returns how many maps have to be read before this one. */
    int mapDepth() {
        return mapDepth;
    }

    /** Returns the pack whose map this one's is a difference to. */
    Optional<String> mapParent() {
        return mapParent < 0 ? Optional.empty() : Optional.of(packs[mapParent]);
    }

    /** Returns the packs that this one leads to, by the numbers it uses; the first is itself. */
    List<String> leadsTo() {
        return List.of(packs);
    }

    String leadName(int number) throws DamagedPack {
        if (number < 0 || number >= packs.length) {
            throw new DamagedPack("pack '" + name + "' leads to a pack that it does not name");
        }
        return packs[number];
    }

    /** Returns under which number {@link Packs} has a pack that this one leads to, -1 when nobody asked yet. */
    int lead(int number) throws DamagedPack {
        leadName(number);
        return leads.get(number);
    }

    void lead(int number, int known) {
        leads.set(number, known);
    }

    long bytes() throws IOException {
        return source.bytes();
    }

    boolean idIs(int slot, byte[] id, int at) {
        return ids.matches((long) slot * PageId.BYTES, id, at, PageId.BYTES);
    }

    void id(int slot, byte[] target, int at) {
        ids.get((long) slot * PageId.BYTES, target, at, PageId.BYTES);
    }

    /** Returns which slots of a frame are there, one bit each. */
    long present(int frame) {
        return frames.getLong((long) frame * PackLayout.FRAME_ENTRY_BYTES + 16);
    }

    boolean isPresent(int slot) {
        return slot >= 0 && slot < slots && ((present(Slot.frame(slot)) >>> (slot % PackLayout.FRAME_SLOTS)) & 1) != 0;
    }

    /** Returns the stored bytes of a frame; their checksum was right. */
    byte[] frame(int frame) throws IOException {
        byte[] stored = new byte[storedBytes(frame)];
        frame(frame, stored);
        return stored;
    }

    /**
     * Reads the stored bytes of a frame; their checksum was right.
     *
     * @param target has room for them
     * @return how many they are, at most {@link PackLayout#STORED_FRAME_BYTES_MAX}
     */
    int frame(int frame, byte[] target) throws IOException {
        int length = storedBytes(frame);
        read(source, name, frameOffset(frame), ByteBuffer.wrap(target, 0, length));
        if (PackLayout.crc(target, length) != frames.getInt((long) frame * PackLayout.FRAME_ENTRY_BYTES + 12)) {
            throw new DamagedPack("frame " + frame + " of pack '" + name + "' is not what was written");
        }
        return length;
    }

    private int storedBytes(int frame) throws DamagedPack {
        int length = frameBytes(frame);
        if (frameOffset(frame) < PackLayout.HEAD_BYTES || length < 0 || length > PackLayout.STORED_FRAME_BYTES_MAX) {
            throw new DamagedPack("frame " + frame + " of pack '" + name + "' is not where it can be");
        }
        return length;
    }

    /** Returns the bytes a frame takes. */
    int frameBytes(int frame) {
        return frames.getInt((long) frame * PackLayout.FRAME_ENTRY_BYTES + 8);
    }

    long frameOffset(int frame) {
        return frames.getLong((long) frame * PackLayout.FRAME_ENTRY_BYTES);
    }

    /** Returns a section that is kept as it is, whole. Its checksum was right. */
    byte[] whole(Section section) throws IOException {
        Extent extent = extent(section);
        byte[] content = new byte[Math.toIntExact(extent.length())];
        read(source, name, extent.offset(), content);
        if (!HexFormat.of().formatHex(PageId.sha256().digest(content)).equals(extent.sha256())) {
            throw new DamagedPack("the part " + section + " of pack '" + name + "' is not what was written");
        }
        return content;
    }

    /** Compares a section with its checksum, whatever its length. */
    void check(Section section) throws IOException {
        Extent extent = extent(section);
        MessageDigest digest = Algorithms.sha256();
        pieces(extent, digest::update);
        if (!HexFormat.of().formatHex(digest.digest()).equals(extent.sha256())) {
            throw new DamagedPack("the part " + section + " of pack '" + name + "' is not what was written");
        }
    }

    /** Returns how many blocks a sealed section has. */
    int blocks(Section section) throws IOException {
        Extent extent = extent(section);
        byte[] count = new byte[4];
        if (extent.length() < count.length) {
            throw contradicting(section);
        }
        read(source, name, extent.offset() + extent.length() - count.length, count);
        int blocks = PackLayout.little(count).getInt(0);
        if (blocks < 0 || count.length + (long) PackLayout.BLOCK_ENTRY_BYTES * blocks > extent.length()) {
            throw contradicting(section);
        }
        return blocks;
    }

    /** Returns one stored block of a sealed section; its checksum was right. An empty array stands for a block without content. */
    byte[] block(Section section, int block) throws IOException {
        Extent extent = extent(section);
        long tableAt = extent.length() - 4 - (long) PackLayout.BLOCK_ENTRY_BYTES * blocks(section);
        int before = Math.min(block, 1);
        byte[] table = new byte[PackLayout.BLOCK_ENTRY_BYTES * (before + 1)];
        read(source, name, extent.offset() + tableAt + (long) PackLayout.BLOCK_ENTRY_BYTES * (block - before), table);
        ByteBuffer entries = PackLayout.little(table);
        long begin = before == 0 ? 0 : entries.getLong(0);
        long end = entries.getLong(table.length - PackLayout.BLOCK_ENTRY_BYTES);
        if (begin < 0 || end < begin || end > tableAt || end - begin > 2L * PackLayout.BLOCK_BYTES_MAX) {
            throw contradicting(section);
        }
        byte[] stored = new byte[(int) (end - begin)];
        read(source, name, extent.offset() + begin, stored);
        if (PackLayout.crc(stored, stored.length) != entries.getInt(table.length - 4)) {
            throw new DamagedPack(
                    "block " + block + " of the part " + section + " of pack '" + name + "' is not what was written");
        }
        return stored;
    }

    private DamagedPack contradicting(Section section) {
        return new DamagedPack("the part " + section + " of pack '" + name + "' contradicts itself");
    }

    /** Makes sure that every byte belongs to something that has a checksum. */
    void checkCovered() throws IOException {
        TreeMap<Long, Long> extents = new TreeMap<>();
        for (int frame = 0; frame < frameCount(); frame++) {
            if (frameBytes(frame) > 0) {
                extents.put(frameOffset(frame), (long) frameBytes(frame));
            }
        }
        for (Extent extent : sections.values()) {
            if (extent.length() > 0) {
                extents.put(extent.offset(), extent.length());
            }
        }
        long at = PackLayout.HEAD_BYTES;
        for (Map.Entry<Long, Long> extent : extents.entrySet()) {
            if (extent.getKey() != at) {
                throw new DamagedPack("pack '" + name + "' has bytes at " + at + " that belong to nothing");
            }
            at += extent.getValue();
        }
        if (at + (long) sections.size() * PackLayout.DIRECTORY_ENTRY_BYTES + PackLayout.TAIL_BYTES != source.bytes()) {
            throw new DamagedPack("pack '" + name + "' has bytes at " + at + " that belong to nothing");
        }
    }

    /** Copies a section as it lies there. */
    void copy(Section section, PackWriter target) throws IOException {
        target.section(section, out -> pieces(extent(section), out::write));
    }

    /** Takes one piece of a section after another. */
    @FunctionalInterface
    private interface Taker {
        void take(byte[] piece) throws IOException;
    }

    private void pieces(Extent extent, Taker taker) throws IOException {
        for (long at = 0; at < extent.length(); at += PIECE_BYTES) {
            byte[] piece = new byte[(int) Math.min(PIECE_BYTES, extent.length() - at)];
            read(source, name, extent.offset() + at, piece);
            taker.take(piece);
        }
    }

    private static void read(PackSource source, String name, long offset, byte[] target) throws IOException {
        read(source, name, offset, ByteBuffer.wrap(target));
    }

    private static void read(PackSource source, String name, long offset, ByteBuffer left) throws IOException {
        while (left.hasRemaining()) {
            if (source.read(left, offset + left.position()) < 0) {
                throw new DamagedPack("pack '" + name + "' ends too early");
            }
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
