package org.vfrt.core.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.process.KnownProcess;

/**
 * The entries of all operations that have begun and are not finished, one file each in {@code journal/} of the state directory.
 * Safe for several threads and processes; a process holds the lock of the guest that its entry is about.
 */
public final class Journal {

    /** When the process began, next to its id: ids are given again, after a reboot soon. */
    private static final String PROCESS_BEGUN = "processBegun";

    private final Path stateDirectory;
    private final Path directory;
    private final Clock clock;
    private final GuestLocks locks;

    /**
     * @param stateDirectory where vfrt keeps its state; made when the first entry is begun
     * @param clock tells when entries begin
     */
    public Journal(Path stateDirectory, Clock clock) {
        this.stateDirectory = stateDirectory;
        this.directory = stateDirectory.resolve("journal");
        this.clock = clock;
        this.locks = new GuestLocks(stateDirectory, clock);
    }

    /** Returns why nothing can be written down here, as far as that can be told without trying. */
    public Optional<Reason> notWritable() {
        return StateTrouble.notWritable(stateDirectory);
    }

    /**
     * Writes down, durably, that an operation begins.
     *
     * @param operation as a person would type it, for example {@code checkpoint create}
     * @param lock the guest's lock, which the caller holds until after {@link #end}
     * @param hostName the host the operation is about
     * @throws org.vfrt.core.failure.Failed when it cannot be written down; nothing may be begun then
     */
    public JournalEntry begin(String operation, GuestLock lock, String guestName, String hostName) {
        Instant now = clock.instant();
        KnownProcess process = KnownProcess.current();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(JournalEntry.OPERATION, operation);
        facts.put(JournalEntry.GUEST, guestName);
        facts.put(JournalEntry.GUEST_UUID, lock.guest().toString());
        facts.put(JournalEntry.HOST, hostName);
        facts.put(JournalEntry.PROCESS, Long.toString(process.id()));
        facts.put(JournalEntry.BEGUN, now.toString());
        facts.put(PROCESS_BEGUN, process.begun());
        try {
            DurableFiles.createDirectories(directory);
            return EntryFile.create(stateDirectory, directory, EntryName.at(now, lock.guest()), facts);
        } catch (IOException e) {
            throw StateTrouble.of(stateDirectory, e);
        }
    }

    /**
     * Returns the entries whose process seems to be gone, oldest first, for a warning. Takes no lock and changes nothing, so it
     * is cheap and disturbs nobody, but only {@link #unfinished} is sure. Damaged entries are among them.
     */
    public List<JournalEntry> pending() {
        List<JournalEntry> pending = new ArrayList<>();
        for (Path file : files(EntryName.SUFFIX)) {
            EntryFile.read(stateDirectory, file).filter(Journal::ownerGone).ifPresent(pending::add);
        }
        return pending;
    }

    /**
     * Returns the entries about a guest. Whoever holds the guest's lock, and has not begun anything himself, is told what is left
     * unsettled.
     */
    public List<JournalEntry> about(UUID guest) {
        List<JournalEntry> about = new ArrayList<>();
        for (Path file : files(EntryName.SUFFIX)) {
            if (EntryName.of(file).guest().equals(guest)) {
                EntryFile.read(stateDirectory, file).ifPresent(about::add);
            }
        }
        return about;
    }

    /**
     * Returns the entries whose process is gone, oldest first: those whose guest's lock can be taken. Each is handed out with
     * that lock. Several entries of one guest share it, and it is free when all of them are closed.
     */
    public List<Unfinished> unfinished() {
        Map<UUID, Share> shares = new HashMap<>();
        List<Unfinished> unfinished = new ArrayList<>();
        boolean complete = false;
        try {
            sweep();
            for (Path file : files(EntryName.SUFFIX)) {
                UUID guest = EntryName.of(file).guest();
                Share share = shares.get(guest);
                if (share == null) {
                    Optional<GuestLock> lock = locks.attempt(guest, "settling of what was left unfinished")
                            .lock();
                    if (lock.isEmpty()) {
                        continue;
                    }
                    share = new Share(lock.get());
                    shares.put(guest, share);
                }
                // Read under the lock: the owner may have finished, or noted more, until the moment it let go.
                Optional<EntryFile> entry = EntryFile.read(stateDirectory, file);
                if (entry.isPresent()) {
                    unfinished.add(new Unfinished(entry.get(), share.part()));
                }
            }
            complete = true;
            return unfinished;
        } finally {
            for (Share share : shares.values()) {
                if (!complete || share.unused()) {
                    share.lock.close();
                }
            }
        }
    }

    /**
     * Removes an entry: its question is answered. Nothing happens when it is gone already.
     *
     * @param entry one of this journal's own
     */
    public void end(JournalEntry entry) {
        if (!(entry instanceof EntryFile file)) {
            throw new IllegalArgumentException("entry '" + entry.id() + "' is not of this journal");
        }
        file.end();
    }

    /** A crash inside a note can leave the new content beside the old one. It was not durable, so it never counted. */
    private void sweep() {
        for (Path temporary : files(EntryName.SUFFIX + ".tmp")) {
            String name = String.valueOf(temporary.getFileName());
            Path file = temporary.resolveSibling(name.substring(0, name.length() - ".tmp".length()));
            locks.attempt(EntryName.of(file).guest(), "settling of what was left unfinished")
                    .lock()
                    .ifPresent(lock -> remove(temporary, lock));
        }
    }

    private void remove(Path temporary, GuestLock lock) {
        try (lock) {
            DurableFiles.remove(temporary);
        } catch (IOException e) {
            throw StateTrouble.of(stateDirectory, e);
        }
    }

    private List<Path> files(String suffix) {
        StateTrouble.refuseOpenToOthers(stateDirectory);
        try {
            return DurableFiles.list(directory).stream()
                    .filter(file -> file.toString().endsWith(suffix))
                    .toList();
        } catch (IOException e) {
            throw StateTrouble.of(stateDirectory, e);
        }
    }

    private static boolean ownerGone(JournalEntry entry) {
        if (entry.damage().isPresent()) {
            return true;
        }
        try {
            long id = Long.parseLong(entry.fact(JournalEntry.PROCESS).orElse("0"));
            return !KnownProcess.of(id, entry.fact(PROCESS_BEGUN).orElse("")).runs();
        } catch (NumberFormatException e) {
            return true;
        }
    }

    /** An entry whose process is gone, and the guest's lock, which the caller now holds and must close. */
    public record Unfinished(JournalEntry entry, GuestLock lock) {}

    /** One guest's lock for several entries. */
    private static final class Share {

        private final GuestLock lock;
        private final AtomicInteger parts = new AtomicInteger();

        Share(GuestLock lock) {
            this.lock = lock;
        }

        boolean unused() {
            return parts.get() == 0;
        }

        GuestLock part() {
            parts.incrementAndGet();
            return new Part(this);
        }
    }

    private static final class Part implements GuestLock {

        private final Share share;
        private final AtomicBoolean closed = new AtomicBoolean();

        Part(Share share) {
            this.share = share;
        }

        @Override
        public UUID guest() {
            return share.lock.guest();
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true) && share.parts.decrementAndGet() == 0) {
                share.lock.close();
            }
        }
    }
}
