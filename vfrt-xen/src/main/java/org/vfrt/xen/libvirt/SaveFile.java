package org.vfrt.xen.libvirt;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;

/**
 * The heads of the files that libvirt's save writes: libxl's (xen-libvirt.md section 5.1) and the test driver's (its magic with a NUL, an
 * int, and the XML without one). Numbers are in the byte order of the machine, which is little-endian wherever Xen guests run.
 */
final class SaveFile {

    /** What the test driver reads back at most. */
    private static final int TEST_XML_BYTES_MAX = 8192;

    private static final byte[] XEN_MAGIC = "libvirt-xml\n \0 \r".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TEST_MAGIC = "TestGuestMagic\0".getBytes(StandardCharsets.US_ASCII);
    private static final int XEN_HEADER_BYTES = 64;
    private static final int XEN_VERSION = 2;

    /** Real definitions have some kilobytes. */
    private static final int XML_BYTES_MAX = 4 << 20;

    private SaveFile() {}

    /** Returns why a guest of the test driver would not come back from its own save; empty when it would. */
    static Optional<Reason> tooLongForTestDriver(Definition definition) {
        if (definition.kind() != Definition.Kind.TEST
                || definition.xml().getBytes(StandardCharsets.UTF_8).length <= TEST_XML_BYTES_MAX) {
            return Optional.empty();
        }
        return Optional.of(new Reason(
                "definition-too-long",
                "libvirt's test driver restores no definition of more than " + TEST_XML_BYTES_MAX + " bytes",
                "Remove metadata from the guest's definition."));
    }

    /**
     * Reads the head.
     *
     * @return the image that begins there: for libxl what follows the head, for the test driver the whole file
     * @throws Damaged when it is neither
     */
    static Image begin(InputStream file) throws IOException {
        byte[] magic = whole(file, TEST_MAGIC.length);
        if (Arrays.equals(magic, TEST_MAGIC)) {
            return new Image(ImageFormat.LIBVIRT_TEST, new SequenceInputStream(new ByteArrayInputStream(magic), file));
        }
        byte[] header = Arrays.copyOf(magic, XEN_HEADER_BYTES);
        byte[] rest = whole(file, XEN_HEADER_BYTES - magic.length);
        System.arraycopy(rest, 0, header, magic.length, rest.length);
        ByteBuffer numbers = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        int version = numbers.getInt(XEN_MAGIC.length);
        int xmlBytes = numbers.getInt(XEN_MAGIC.length + Integer.BYTES);
        if (!Arrays.equals(header, 0, XEN_MAGIC.length, XEN_MAGIC, 0, XEN_MAGIC.length)
                || version != XEN_VERSION
                || xmlBytes <= 0
                || xmlBytes > XML_BYTES_MAX) {
            throw new Damaged(
                    "bad-save-file",
                    "the file is not a save file of libvirt's Xen driver, version " + XEN_VERSION,
                    "See which libvirt the host runs: 'vfrt host show'.");
        }
        whole(file, xmlBytes);
        return new Image(ImageFormat.LIBXL, file);
    }

    /** Returns the head of a libxl save file, to be followed by the image. */
    static byte[] xenHead(String xml) {
        byte[] text = xml.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(XEN_HEADER_BYTES + text.length + 1)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(XEN_MAGIC)
                .putInt(XEN_VERSION)
                .putInt(text.length + 1)
                .position(XEN_HEADER_BYTES)
                .put(text)
                .array();
    }

    /** Returns a whole save file of the test driver, which holds nothing but the definition. */
    static byte[] test(String xml) {
        byte[] text = xml.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(TEST_MAGIC.length + Integer.BYTES + text.length)
                .order(ByteOrder.nativeOrder())
                .put(TEST_MAGIC)
                .putInt(text.length)
                .put(text)
                .array();
    }

    private static byte[] whole(InputStream file, int length) throws IOException {
        byte[] bytes = file.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the save file ends inside its head");
        }
        return bytes;
    }

    /** An image, and what it is. */
    record Image(ImageFormat format, InputStream bytes) {}
}
