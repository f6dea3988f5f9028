package org.vfrt.xen.disk;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.disk.ContentSink;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotContents;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.xen.host.HostDialogue;
import org.vfrt.xen.host.HostScript;

/** Contents of snapshots through {@code contents.py}, in the frames that it describes. */
final class HostContents implements SnapshotContents {

    private static final String PROGRAM =
            HostScript.beside(HostContents.class, "contents.py").text();

    private static final Duration ANSWER = Duration.ofMinutes(2);

    /** Everything that is on its way to the disk gets there first. */
    private static final Duration SYNC = Duration.ofMinutes(30);

    private static final Duration GOODBYE = Duration.ofSeconds(30);

    private static final int FRAME_BYTES = 17;
    private static final int PIECE_BYTES_MAX = 64 << 20;
    private static final char DATA = 'D';
    private static final char UNCHANGED = 'U';
    private static final char NOTHING = 'N';
    private static final char END = 'E';

    private final HostDisks disks;

    HostContents(HostDisks disks) {
        this.disks = disks;
    }

    @Override
    public List<Reason> unreadable(Hypervisor host, List<SurveyedDisk> surveyed) {
        return reasons(
                host,
                surveyed,
                disk -> disk.disk().target(),
                "cannot be read into the store",
                "'--disks reference' leaves the contents where they are.",
                "readable",
                surveyed.stream()
                        .map(disk -> disk.place().orElseThrow().engine().text()));
    }

    @Override
    public List<Reason> obstacles(Hypervisor host, List<PairedDisk> paired, boolean replacing) {
        List<Reason> noShell = disks.noShell(host);
        if (!noShell.isEmpty()) {
            return noShell;
        }
        return reasons(
                host,
                paired,
                PairedDisk::target,
                "cannot be made again",
                "Its snapshot is not there, and its content is in the store: make place for it, or choose another host with '--to'.",
                "room",
                Stream.concat(
                        Stream.of(replacing ? "yes" : "no"),
                        paired.stream()
                                .flatMap(disk -> Stream.of(
                                        disk.engine().text(),
                                        HostDisks.origin(disk),
                                        String.valueOf(disk.sizeBytes()),
                                        disk.path()))));
    }

    private <T> List<Reason> reasons(
            Hypervisor host,
            List<T> asked,
            Function<T, String> target,
            String what,
            String hint,
            String verb,
            Stream<String> arguments) {
        List<List<String>> rows = disks.rows(host, verb, arguments);
        if (rows.size() != asked.size()) {
            throw HostDisks.confused(host, rows);
        }
        List<Reason> reasons = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            if (!row.get(0).equals("ok")) {
                reasons.add(new Reason(
                        row.size() > 1 ? row.get(1) : "disk-unclear",
                        "disk '" + target.apply(asked.get(i)) + "' " + what + " on host '"
                                + host.host().name() + "': " + (row.size() > 2 ? row.get(2) : row.get(0)),
                        hint));
            }
        }
        return reasons;
    }

    @Override
    public long read(Hypervisor host, PairedDisk snapshot, Optional<PairedDisk> earlier, Listener listener)
            throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "content", PROGRAM, snapshot.engine().text(), snapshot.snapshot(), snapshot.snapshotIdentity()));
        earlier.filter(one -> one.engine() == snapshot.engine())
                .ifPresent(one -> arguments.addAll(List.of(one.snapshot(), one.snapshotIdentity())));
        String what =
                "reading '" + snapshot.snapshot() + "' on host '" + host.host().name() + "'";
        try (InputStream frames =
                new BufferedInputStream(disks.shell(host).output(HostDisks.detached(arguments), what), 1 << 18)) {
            return heard(new Frames(host, snapshot, frames), listener);
        }
    }

    private static long heard(Frames frames, Listener listener) throws IOException {
        byte[] piece = new byte[0];
        while (true) {
            Frame frame = frames.next();
            switch (frame.letter()) {
                case DATA -> {
                    int length = frames.checked(frame.length());
                    if (piece.length < length) {
                        piece = new byte[length];
                    }
                    frames.bytes(piece, length);
                    listener.data(frame.at(), piece, 0, length);
                }
                case UNCHANGED -> listener.unchanged(frame.at(), frame.length());
                case NOTHING -> {}
                case END -> {
                    frames.end();
                    return frame.at();
                }
                default -> throw frames.odd("a frame '" + frame.letter() + "'");
            }
        }
    }

    private record Frame(char letter, long at, long length) {}

    /** What the host sends. What is wrong with it is the host's trouble, and no trouble of who listens. */
    private record Frames(Hypervisor host, PairedDisk snapshot, InputStream from) {

        Frame next() {
            byte[] head = new byte[FRAME_BYTES];
            bytes(head, head.length);
            ByteBuffer fields = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
            return new Frame((char) fields.get(), fields.getLong(), fields.getLong());
        }

        void bytes(byte[] target, int length) {
            try {
                if (from.readNBytes(target, 0, length) < length) {
                    throw odd("its end in the middle");
                }
            } catch (IOException e) {
                throw failed(String.valueOf(e.getMessage()), e);
            }
        }

        int checked(long length) {
            if (length <= 0 || length > PIECE_BYTES_MAX) {
                throw odd("a piece of " + length + " bytes");
            }
            return (int) length;
        }

        /** Whoever sends must end well too. */
        void end() {
            try {
                if (from.read() >= 0) {
                    throw odd("more behind the end");
                }
            } catch (IOException e) {
                throw failed(String.valueOf(e.getMessage()), e);
            }
        }

        Failed odd(String what) {
            return failed("the host sent " + what, null);
        }

        private Failed failed(String why, @Nullable Throwable cause) {
            return new Failed(
                    "disk-not-read",
                    "what snapshot '" + snapshot.snapshot() + "' of disk '" + snapshot.target() + "' on host '"
                            + host.host().name() + "' holds could not be read: " + why,
                    "Try again; '--disks reference' leaves the contents where they are.",
                    cause);
        }
    }

    @Override
    public PairedDisk planned(PairedDisk disk, SnapshotMark mark, String moment) {
        return disk.as(SnapshotNames.brought(disk.engine(), HostDisks.origin(disk), mark, moment), "");
    }

    /** The way to the host broke while something was sent. */
    private static final class Broken extends IOException {

        private static final long serialVersionUID = 1L;

        Broken(IOException cause) {
            super(cause);
        }
    }

    @Override
    public PairedDisk bring(Hypervisor host, PairedDisk planned, SnapshotMark mark, String moment, Source content)
            throws IOException {
        Process process = disks.shell(host)
                .start(HostDisks.detached(List.of(
                        "bring",
                        PROGRAM,
                        planned.engine().text(),
                        HostDisks.origin(planned),
                        planned.snapshot(),
                        String.valueOf(planned.sizeBytes()),
                        mark.store().toString(),
                        mark.guest().toString(),
                        moment)));
        HostDialogue dialogue = new HostDialogue(process, "bring");
        try {
            answer(host, planned, dialogue, "ready", ANSWER);
            try {
                send(process.getOutputStream(), content);
            } catch (Broken e) {
                // It says itself why it does not go on.
                answer(host, planned, dialogue, "kept", ANSWER);
                throw notBrought(host, planned, "the way to the host broke", e);
            }
            return planned.as(planned.snapshot(), answer(host, planned, dialogue, "kept", SYNC));
        } finally {
            dialogue.close();
            // What it removes is gone when this returns.
            dialogue.awaitEnd(GOODBYE);
        }
    }

    private static void send(OutputStream to, Source content) throws IOException {
        OutputStream out = new BufferedOutputStream(to, 1 << 18);
        ContentSink sink = (at, buffer, offset, length) -> {
            try {
                out.write(frame(DATA, at, length));
                out.write(buffer, offset, length);
            } catch (IOException e) {
                throw new Broken(e);
            }
        };
        content.to(sink);
        try {
            out.write(frame(END, 0, 0));
            out.flush();
        } catch (IOException e) {
            throw new Broken(e);
        }
    }

    private static byte[] frame(char letter, long at, long length) {
        return ByteBuffer.allocate(FRAME_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(String.valueOf(letter).getBytes(StandardCharsets.US_ASCII))
                .putLong(at)
                .putLong(length)
                .array();
    }

    private static String answer(
            Hypervisor host, PairedDisk planned, HostDialogue dialogue, String word, Duration patience) {
        try {
            String line = dialogue.hear(patience)
                    .orElseThrow(() -> notBrought(host, planned, "the host does not answer", null));
            List<String> fields = List.of(line.split("\t", -1));
            if (!fields.get(0).equals(word)) {
                throw notBrought(host, planned, fields.size() > 1 ? fields.get(1) : line, null);
            }
            return fields.size() > 1 ? fields.get(1) : "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notBrought(host, planned, "vfrt was interrupted", e);
        }
    }

    private static Failed notBrought(Hypervisor host, PairedDisk planned, String why, @Nullable Throwable cause) {
        return new Failed(
                "disk-not-brought",
                "disk '" + planned.target() + "' was not made on host '"
                        + host.host().name() + "': " + why + "; nothing was replaced, and nothing of it is left",
                "Look at the room there with 'lvs -a' or 'df', then try again.",
                cause);
    }
}
