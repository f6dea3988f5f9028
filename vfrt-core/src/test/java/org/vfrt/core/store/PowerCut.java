package org.vfrt.core.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.vfrt.core.store.DiskOperation.Node;

/**
 * What a disk holds after a crash in the middle of what was done to it. After the death of a process that is all of it. After a power
 * cut, what was not forced may be there, in part and sector by sector, or not; and of the names in a directory, those changes that came
 * after its last sync may be there up to any one of them. A rename is there altogether or not at all. Nobody knows what is in a file
 * that was written to through a mapping.
 */
public final class PowerCut {

    /** What becomes of all that nobody made durable. */
    public enum Model {
        /** Only the process died: all of it stays. */
        PROCESS_DIES,
        /** All of it is lost. */
        ALL_LOST,
        /** The names are there, what is in the files is not. */
        NAMES_ONLY,
        /** What is in the files is there, the names are not. */
        BYTES_ONLY,
        /** As it happens, down to the sector. */
        BY_CHANCE
    }

    private static final int SECTOR_BYTES = 512;

    private final List<DiskOperation> done;
    private final Node top;
    private final Model model;
    private final SplittableRandom random;
    private final Map<Node, Map<String, Node>> directories = new HashMap<>();
    private final TreeMap<String, byte[]> left = new TreeMap<>();

    private PowerCut(List<DiskOperation> done, Node top, Model model, SplittableRandom random) {
        this.done = done;
        this.top = top;
        this.model = model;
        this.random = random;
    }

    /**
     * Returns what is left, by path; directories end in a slash.
     *
     * @param count of the operations of the disk that happened
     */
    public static Map<String, byte[]> after(Disk disk, int count, Model model, SplittableRandom random) {
        PowerCut cut = new PowerCut(disk.first(count), disk.top(), model, random);
        cut.names();
        Map<Node, byte[]> contents = cut.contents();
        cut.collect("", disk.top(), contents);
        return cut.left;
    }

    /** Makes it anew in an empty directory. */
    public static void write(Map<String, byte[]> left, Path directory) throws IOException {
        for (Map.Entry<String, byte[]> entry : left.entrySet()) {
            Path path = directory.resolve(entry.getKey());
            if (entry.getKey().endsWith("/")) {
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.write(path, entry.getValue());
            }
        }
    }

    public static String sha256(Map<String, byte[]> left) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            left.forEach((path, content) -> {
                digest.update((path + '\0' + content.length + '\0').getBytes(StandardCharsets.UTF_8));
                digest.update(content);
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Set<Node> directoriesOf(DiskOperation operation) {
        if (operation instanceof DiskOperation.Made made) {
            return Set.of(made.in());
        }
        if (operation instanceof DiskOperation.Removed removed) {
            return Set.of(removed.from());
        }
        if (operation instanceof DiskOperation.Renamed renamed) {
            return renamed.from() == renamed.to() ? Set.of(renamed.from()) : Set.of(renamed.from(), renamed.to());
        }
        return Set.of();
    }

    private void names() {
        boolean[] durable = new boolean[done.size()];
        Map<Node, Deque<Integer>> pending = new HashMap<>();
        for (int i = 0; i < durable.length; i++) {
            if (done.get(i) instanceof DiskOperation.Synced synced) {
                keep(synced.directory(), i, durable, pending);
            }
            for (Node directory : directoriesOf(done.get(i))) {
                pending.computeIfAbsent(directory, node -> new ArrayDeque<>()).add(i);
            }
        }
        Set<Node> cut = new HashSet<>();
        directories.put(top, new TreeMap<>());
        for (int i = 0; i < durable.length; i++) {
            Set<Node> in = directoriesOf(done.get(i));
            if (in.isEmpty()) {
                continue;
            }
            boolean stays = durable[i] || (in.stream().noneMatch(cut::contains) && nameStays());
            if (stays) {
                apply(done.get(i));
            } else {
                cut.addAll(in);
            }
        }
    }

    private boolean nameStays() {
        return switch (model) {
            case PROCESS_DIES, NAMES_ONLY -> true;
            case ALL_LOST, BYTES_ONLY -> false;
            case BY_CHANCE -> random.nextInt(4) > 0;
        };
    }

    /** A directory keeps its changes in order, and a rename is one change in two of them. */
    private void keep(Node directory, int before, boolean[] durable, Map<Node, Deque<Integer>> pending) {
        Deque<Integer> changes = pending.getOrDefault(directory, new ArrayDeque<>());
        while (!changes.isEmpty() && changes.getFirst() < before) {
            int change = changes.removeFirst();
            durable[change] = true;
            for (Node other : directoriesOf(done.get(change))) {
                if (other != directory) {
                    keep(other, change, durable, pending);
                }
            }
        }
    }

    private Map<String, Node> children(Node directory) {
        return directories.computeIfAbsent(directory, node -> new TreeMap<>());
    }

    private void apply(DiskOperation operation) {
        if (operation instanceof DiskOperation.Made made) {
            children(made.in()).put(made.name(), made.what());
        } else if (operation instanceof DiskOperation.Removed removed) {
            children(removed.from()).remove(removed.name());
        } else if (operation instanceof DiskOperation.Renamed renamed) {
            Node what = children(renamed.from()).remove(renamed.name());
            if (what == null) {
                throw new IllegalStateException("'" + renamed.name() + "' was renamed before it was there");
            }
            children(renamed.to()).put(renamed.newName(), what);
        }
    }

    private static byte[] with(byte[] content, int offset, ByteBuffer source, int from, int length) {
        byte[] longer = Arrays.copyOf(content, Math.max(content.length, offset + length));
        source.get(from, longer, offset, length);
        return longer;
    }

    private Map<Node, byte[]> contents() {
        Map<Node, Integer> forced = new HashMap<>();
        Set<Node> mapped = new HashSet<>();
        for (int i = 0; i < done.size(); i++) {
            if (done.get(i) instanceof DiskOperation.Forced force) {
                forced.put(force.file(), i);
            } else if (done.get(i) instanceof DiskOperation.Mapped map) {
                mapped.add(map.file());
            }
        }
        Map<Node, byte[]> contents = new HashMap<>();
        for (int i = 0; i < done.size(); i++) {
            if (done.get(i) instanceof DiskOperation.Written written) {
                byte[] content = contents.getOrDefault(written.file(), new byte[0]);
                boolean durable = i < forced.getOrDefault(written.file(), -1);
                contents.put(written.file(), durable ? whole(content, written) : chanced(content, written));
            } else if (done.get(i) instanceof DiskOperation.Cut cut && cutStays(i, cut, forced)) {
                byte[] content = contents.getOrDefault(cut.file(), new byte[0]);
                contents.put(cut.file(), Arrays.copyOf(content, Math.min(content.length, cut.length())));
            }
        }
        for (Node file : mapped) {
            contents.put(file, unknown(contents.getOrDefault(file, new byte[0])));
        }
        return contents;
    }

    private boolean cutStays(int index, DiskOperation.Cut cut, Map<Node, Integer> forced) {
        return index < forced.getOrDefault(cut.file(), -1)
                || switch (model) {
                    case PROCESS_DIES, NAMES_ONLY -> true;
                    case ALL_LOST, BYTES_ONLY -> false;
                    case BY_CHANCE -> random.nextBoolean();
                };
    }

    private static byte[] whole(byte[] content, DiskOperation.Written written) {
        return with(
                content, written.offset(), written.bytes(), 0, written.bytes().capacity());
    }

    private byte[] chanced(byte[] content, DiskOperation.Written written) {
        return switch (model) {
            case PROCESS_DIES, BYTES_ONLY -> whole(content, written);
            case ALL_LOST -> content;
            // Its length is with its name, and where nothing was written there are zeros.
            case NAMES_ONLY ->
                Arrays.copyOf(
                        content,
                        Math.max(
                                content.length,
                                written.offset() + written.bytes().capacity()));
            case BY_CHANCE -> torn(content, written);
        };
    }

    private byte[] torn(byte[] before, DiskOperation.Written written) {
        int fate = random.nextInt(4);
        if (fate == 0) {
            return before;
        }
        if (fate == 1) {
            return whole(before, written);
        }
        byte[] content = before;
        int end = written.offset() + written.bytes().capacity();
        for (int at = written.offset(); at < end; ) {
            int next = Math.min(end, (at / SECTOR_BYTES + 1) * SECTOR_BYTES);
            if (random.nextBoolean()) {
                content = with(content, at, written.bytes(), at - written.offset(), next - at);
            }
            at = next;
        }
        return fate == 2 ? content : Arrays.copyOf(content, Math.max(content.length, end));
    }

    /** The same bytes each time, so that what is left can be compared. */
    private byte[] unknown(byte[] content) {
        byte[] rubbish = new byte[content.length];
        new SplittableRandom(content.length).nextBytes(rubbish);
        return switch (random.nextInt(4)) {
            case 0 -> content;
            case 1 -> rubbish;
            case 2 -> new byte[0];
            default -> fullTable(rubbish);
        };
    }

    /** A table of pages whose head is as it should be, and that is full of what leads nowhere. */
    private static byte[] fullTable(byte[] rubbish) {
        if (rubbish.length > 4096) {
            ByteBuffer head = ByteBuffer.wrap(rubbish).order(ByteOrder.LITTLE_ENDIAN);
            head.putLong(0, 0x58444e49_54524656L);
            head.putLong(8, (rubbish.length - 4096) / 16).putLong(16, 0);
        }
        return rubbish;
    }

    private void collect(String path, Node directory, Map<Node, byte[]> contents) {
        children(directory).forEach((name, node) -> {
            if (node.directory) {
                left.put(path + name + "/", new byte[0]);
                collect(path + name + "/", node, contents);
            } else {
                left.put(path + name, contents.getOrDefault(node, new byte[0]));
            }
        });
    }
}
