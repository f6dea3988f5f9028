package org.vfrt.core.image;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * What the pages of successive streams have in common: a line for each with the part that is zero, that changed since the stream
 * before, and that (of the pages that are not zero) some stream before it has too, anywhere. Also makes sure that the streams are in
 * normal form, so that a store that keeps the normal form hands out the same bytes. Used by scripts/bench/store.
 */
final class PageDigests implements StreamVisitor {

    private static final byte[] ZERO = new byte[Wire.PAGE_BYTES];

    private final MessageDigest sha256;
    private long[] digests = new long[1 << 17];
    private int pages;

    private PageDigests() throws NoSuchAlgorithmException {
        sha256 = MessageDigest.getInstance("SHA-256");
    }

    /** Usage: PageDigests STREAM…; prints 'NAME PAGES ZERO CHANGED KNOWN', the last three as fractions. */
    public static void main(String[] arguments) throws Exception {
        long[] before = new long[0];
        Set<Long> known = new HashSet<>();
        for (String argument : arguments) {
            Path stream = Path.of(argument);
            demandNormalForm(stream);
            long[] now = read(stream);
            int zero = 0;
            int changed = 0;
            int shared = 0;
            for (int pfn = 0; pfn < now.length; pfn++) {
                zero += now[pfn] == 0 ? 1 : 0;
                changed += pfn >= before.length || now[pfn] != before[pfn] ? 1 : 0;
                shared += now[pfn] != 0 && known.contains(now[pfn]) ? 1 : 0;
            }
            for (long digest : now) {
                known.add(digest);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s %d %.4f %.4f %.4f%n",
                    stream.getFileName(),
                    now.length,
                    (double) zero / now.length,
                    (double) changed / now.length,
                    (double) shared / Math.max(1, now.length - zero));
            before = now;
        }
    }

    private static long[] read(Path stream) throws IOException, NoSuchAlgorithmException {
        PageDigests digests = new PageDigests();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(stream), 1 << 20)) {
            StreamReader.read(in, digests);
        }
        return Arrays.copyOf(digests.digests, digests.pages);
    }

    @Override
    public void page(long entry, byte[] buffer, int offset) throws IOException {
        if (pages == digests.length) {
            digests = Arrays.copyOf(digests, 2 * pages);
        }
        digests[pages++] = zero(buffer, offset) ? 0 : digest(buffer, offset);
    }

    static boolean zero(byte[] buffer, int offset) {
        return Arrays.equals(buffer, offset, offset + Wire.PAGE_BYTES, ZERO, 0, Wire.PAGE_BYTES);
    }

    private long digest(byte[] buffer, int offset) throws IOException {
        byte[] digest = new byte[32];
        try {
            sha256.update(buffer, offset, Wire.PAGE_BYTES);
            sha256.digest(digest, 0, digest.length);
        } catch (DigestException e) {
            throw new IOException(e);
        }
        return Wire.longBe(digest, 0) | 1;
    }

    private static void demandNormalForm(Path stream) throws IOException {
        try (FileChannel image = FileChannel.open(stream, StandardOpenOption.READ);
                InputStream expected = new BufferedInputStream(Files.newInputStream(stream), 1 << 20);
                OutputStream compare = new Comparison(expected)) {
            new Flatten(StreamLimits.forGuest(1L << 40)).write(image, 0, compare);
            if (expected.read() >= 0) {
                throw new IOException("the normal form of '" + stream + "' is shorter than it");
            }
        }
    }

    /** Fails when something else is written than what the input has. */
    private static final class Comparison extends OutputStream {

        private final InputStream expected;
        private final ByteArrayOutputStream one = new ByteArrayOutputStream(1);

        Comparison(InputStream expected) {
            this.expected = expected;
        }

        @Override
        public void write(int value) throws IOException {
            one.reset();
            one.write(value);
            write(one.toByteArray(), 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            if (!Arrays.equals(Arrays.copyOfRange(buffer, offset, offset + length), expected.readNBytes(length))) {
                throw new IOException("the stream is not in normal form");
            }
        }
    }
}
