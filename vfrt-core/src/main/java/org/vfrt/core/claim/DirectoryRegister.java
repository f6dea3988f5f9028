package org.vfrt.core.claim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.durable.OddFile;
import org.vfrt.core.durable.ProcessLock;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.process.KnownProcess;

/**
 * A register in a directory of one machine. Each entry is a file, replaced as a whole; one lock on a file orders all who read and write, and another one is the
 * lead. The system takes both from a process that ends.
 *
 * <p>On a network file system it would agree with nobody: locks and order are those of one kernel.
 */
public final class DirectoryRegister implements Register {

    private static final String FORMAT = "vfrt register 1\n";
    private static final String SUFFIX = ".entry";
    /** The value, and its revision on a line before. */
    private static final int FILE_BYTES_MAX = RegisterKeys.VALUE_BYTES_MAX + 32;

    private static final int HOLDER_BYTES_MAX = 1024;

    /** Java gives a process a lock that it has already an exception, not a no. */
    private static final Set<Path> LED_BY_THIS_PROCESS = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final ProcessLock lock;

    /** @param directory made when it is missing */
    public DirectoryRegister(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        this.lock = new ProcessLock(this.directory.resolve("lock"));
    }

    @Override
    public Optional<Entry> read(String key) {
        RegisterKeys.demandKey(key);
        return locked(() -> entry(key));
    }

    @Override
    public List<Entry> list(String prefix) {
        return locked(() -> {
            List<Entry> found = new ArrayList<>();
            collect(entries(), "", prefix, found);
            found.sort(Comparator.comparing(Entry::key));
            return List.copyOf(found);
        });
    }

    @Override
    public Optional<Long> write(String key, long seen, String value) {
        RegisterKeys.demandKey(key);
        RegisterKeys.demandValue(key, value);
        return locked(() -> {
            long now = entry(key).map(Entry::revision).orElse(ABSENT);
            if (now != seen) {
                return Optional.empty();
            }
            long next = (now == ABSENT ? highestRemoved() : now) + 1;
            Path file = file(key);
            DurableFiles.createDirectories(parent(file));
            DurableFiles.replace(file, (next + "\n" + value).getBytes(StandardCharsets.UTF_8));
            return Optional.of(next);
        });
    }

    @Override
    public boolean remove(String key, long seen) {
        RegisterKeys.demandKey(key);
        return locked(() -> {
            Optional<Entry> there = entry(key);
            if (there.isEmpty() || there.get().revision() != seen) {
                return false;
            }
            // First: a power cut in between costs a few revisions, the other way round one would be given twice.
            DurableFiles.replace(
                    removedFile(),
                    Long.toString(Math.max(highestRemoved(), seen)).getBytes(StandardCharsets.UTF_8));
            DurableFiles.remove(file(key));
            return true;
        });
    }

    @Override
    public Attempt attemptLead(String leader) {
        Path file = directory.resolve("leader");
        try {
            prepare();
            if (!LED_BY_THIS_PROCESS.add(file)) {
                return new Attempt(Optional.empty(), holder(file));
            }
            Optional<Term> term = Optional.empty();
            try {
                term = lead(file, leader);
            } finally {
                if (term.isEmpty()) {
                    LED_BY_THIS_PROCESS.remove(file);
                }
            }
            return new Attempt(term, term.isPresent() ? leader : holder(file));
        } catch (IOException e) {
            throw silent(e);
        }
    }

    private static Optional<Term> lead(Path file, String leader) throws IOException {
        FileChannel channel = DurableFiles.openOrCreate(file);
        boolean kept = false;
        try {
            if (channel.tryLock() == null) {
                return Optional.empty();
            }
            channel.truncate(0);
            DurableFiles.writeAll(
                    channel, (KnownProcess.note() + "\n" + leader + "\n").getBytes(StandardCharsets.UTF_8));
            kept = true;
            return Optional.of(new Led(file, channel));
        } finally {
            if (!kept) {
                channel.close();
            }
        }
    }

    /** For people: that the lock is held counts, not what is written there. */
    private static String holder(Path file) throws IOException {
        try (FileChannel channel = DurableFiles.open(file)) {
            ByteBuffer content = ByteBuffer.allocate(HOLDER_BYTES_MAX);
            while (content.hasRemaining() && channel.read(content) >= 0) {
                // read on until the end or the bound
            }
            String[] lines = new String(content.array(), 0, content.position(), StandardCharsets.UTF_8).split("\n", -1);
            if (lines.length < 2) {
                return "a process that has just begun";
            }
            return lines[1] + (KnownProcess.isDead(lines[0]) ? " (which is ending)" : "");
        } catch (NoSuchFileException e) {
            return "a process that has just begun";
        }
    }

    /** @param under what the names down to this directory are joined to */
    private static void collect(Path at, String under, String prefix, List<Entry> found) throws IOException {
        for (String name : DurableFiles.names(at)) {
            Path file = at.resolve(name);
            if (name.endsWith(SUFFIX)) {
                String key = under + name.substring(0, name.length() - SUFFIX.length());
                if (key.startsWith(prefix)) {
                    content(key, file).ifPresent(found::add);
                }
            } else if (Files.isDirectory(file)) {
                String below = under + name + "/";
                if (below.startsWith(prefix) || prefix.startsWith(below)) {
                    collect(file, below, prefix, found);
                }
            }
        }
    }

    private Optional<Entry> entry(String key) throws IOException {
        return content(key, file(key));
    }

    private static Optional<Entry> content(String key, Path file) throws IOException {
        try {
            String text = new String(DurableFiles.read(file, FILE_BYTES_MAX), StandardCharsets.UTF_8);
            int line = text.indexOf('\n');
            return Optional.of(
                    new Entry(key, Long.parseLong(text.substring(0, Math.max(line, 0))), text.substring(line + 1)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (OddFile | NumberFormatException e) {
            throw new Damaged(
                    "register-damaged",
                    "'" + file + "' is not what vfrt writes into its register",
                    "Nothing is done for what it stands for, until somebody has looked at it.",
                    e);
        }
    }

    private long highestRemoved() throws IOException {
        try {
            return Long.parseLong(new String(DurableFiles.read(removedFile(), 32), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return ABSENT;
        } catch (OddFile | NumberFormatException e) {
            throw new Damaged(
                    "register-damaged", "'" + removedFile() + "' is not what vfrt writes into its register", "", e);
        }
    }

    private Path removedFile() {
        return directory.resolve("removed");
    }

    private Path entries() {
        return directory.resolve("entries");
    }

    /** A key may be the beginning of another: what ends with the suffix is a file, all else are directories. */
    private Path file(String key) {
        return entries().resolve(key + SUFFIX);
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? file : parent;
    }

    private <T> T locked(ProcessLock.Step<T> step) {
        try {
            prepare();
            return lock.holding(step);
        } catch (IOException e) {
            throw silent(e);
        }
    }

    private void prepare() throws IOException {
        DurableFiles.createDirectories(directory);
        if (DurableFiles.isOpenToOthers(directory)) {
            throw new Refused(
                    "register-open-to-others",
                    "every user of this machine can write to the register '" + directory + "'",
                    "Keep others out with 'chmod o-w', and look whether what is in it is yours.");
        }
        Path head = directory.resolve("format");
        if (!Files.exists(head)) {
            // Whoever writes it writes the same.
            lock.holding(() -> {
                if (!Files.exists(head)) {
                    DurableFiles.replace(head, FORMAT.getBytes(StandardCharsets.UTF_8));
                }
                return head;
            });
        }
        if (!new String(DurableFiles.read(head, FORMAT.length() * 2), StandardCharsets.UTF_8).equals(FORMAT)) {
            throw new Refused(
                    "register-format",
                    "the register '" + directory + "' has a format that this vfrt does not know",
                    "Use the vfrt that made it, or a newer one.");
        }
    }

    private Temporary silent(IOException e) {
        return new Temporary(
                "register-silent",
                "the register '" + directory + "' cannot be used: " + e.getMessage(),
                "Look at the file system it is on; what was being written may be there or not.",
                e);
    }

    /** The lead, as long as this process holds the lock. */
    private static final class Led implements Term {

        private final Path file;
        private final FileChannel channel;
        private final AtomicBoolean closed = new AtomicBoolean();

        Led(Path file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
        }

        @Override
        public boolean lasts() {
            return !closed.get() && channel.isOpen();
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            try {
                channel.close();
            } catch (IOException e) {
                // The system has let go of the descriptor, and with it of the lock, even when close reports an error.
            } finally {
                LED_BY_THIS_PROCESS.remove(file);
            }
        }
    }
}
