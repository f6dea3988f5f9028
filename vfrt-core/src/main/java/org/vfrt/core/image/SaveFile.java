package org.vfrt.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The heads of save files (libvirt's {@code libxl_conf.h}, xl's {@code xl.h}). What follows either is the same libxl stream, so
 * a file of one kind becomes one of the other by an exchange of heads, given a definition of that kind.
 */
public final class SaveFile {

    /** The longest definition, in bytes of UTF-8: as long as the longest string that libvirt sends. */
    public static final int DEFINITION_BYTES_MAX = 4 << 20;

    private static final byte[] LIBVIRT_MAGIC = "libvirt-xml\n \0 \r".getBytes(StandardCharsets.US_ASCII);
    private static final int LIBVIRT_VERSION = 2;
    private static final int LIBVIRT_HEAD_BYTES = 64;

    private static final byte[] XL_MAGIC = "Xen saved domain, xl format\n \0 \r".getBytes(StandardCharsets.US_ASCII);
    private static final int XL_BYTE_ORDER = 0x01020304;
    /** The configuration is JSON, and the stream is libxl's revision 2. */
    private static final int XL_MANDATORY_FLAGS = 1 | 2;

    private static final int XL_HEAD_BYTES = 48;

    /** As many bytes as tell the three forms apart: no form is shorter. */
    private static final int PROBE_BYTES = 8;

    private SaveFile() {}

    /**
     * Writes what belongs in front of a libxl stream; nothing for {@link ImageSource.Form#RAW}.
     *
     * @param definition XML for libvirt, JSON for xl, not looked at for a bare stream; at most {@value #DEFINITION_BYTES_MAX}
     *     bytes in UTF-8 and without a NUL
     * @throws IllegalArgumentException when the definition is empty, longer, or has a NUL in it
     */
    public static void writeHead(ImageSource.Form form, String definition, OutputStream out) throws IOException {
        if (form == ImageSource.Form.RAW) {
            return;
        }
        byte[] text = definition.getBytes(StandardCharsets.UTF_8);
        if (text.length == 0 || text.length > DEFINITION_BYTES_MAX || definition.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("no definition for a save file: " + text.length + " bytes");
        }
        out.write(form == ImageSource.Form.LIBVIRT ? libvirtHead(text) : xlHead(text));
        out.write(text);
        out.write(0);
    }

    private static byte[] libvirtHead(byte[] xml) {
        byte[] head = Arrays.copyOf(LIBVIRT_MAGIC, LIBVIRT_HEAD_BYTES);
        Wire.putIntLe(head, 16, LIBVIRT_VERSION);
        Wire.putIntLe(head, 20, xml.length + 1);
        return head;
    }

    private static byte[] xlHead(byte[] json) {
        byte[] head = Arrays.copyOf(XL_MAGIC, XL_HEAD_BYTES + 4);
        Wire.putIntLe(head, 32, XL_BYTE_ORDER);
        Wire.putIntLe(head, 36, XL_MANDATORY_FLAGS);
        Wire.putIntLe(head, 40, 0);
        Wire.putIntLe(head, 44, 4 + json.length + 1);
        Wire.putIntLe(head, XL_HEAD_BYTES, json.length + 1);
        return head;
    }

    static ImageSource open(InputStream in) throws IOException {
        byte[] probe = read(in, 0, PROBE_BYTES);
        if (Wire.longBe(probe, 0) == Wire.LIBXL_IDENT) {
            PushbackInputStream stream = new PushbackInputStream(in, PROBE_BYTES);
            stream.unread(probe);
            return new ImageSource(ImageSource.Form.RAW, "", stream);
        }
        if (Arrays.equals(probe, 0, PROBE_BYTES, LIBVIRT_MAGIC, 0, PROBE_BYTES)) {
            return new ImageSource(ImageSource.Form.LIBVIRT, readLibvirt(in), in);
        }
        if (Arrays.equals(probe, 0, PROBE_BYTES, XL_MAGIC, 0, PROBE_BYTES)) {
            return new ImageSource(ImageSource.Form.XL, readXl(in), in);
        }
        throw MalformedImage.at(0, "this is no save file of libvirt's or xl's, and no libxl migration stream");
    }

    private static String readLibvirt(InputStream in) throws IOException {
        byte[] head = readHead(in, LIBVIRT_HEAD_BYTES, LIBVIRT_MAGIC);
        int version = Wire.intLe(head, 16);
        if (version != LIBVIRT_VERSION) {
            throw MalformedImage.at(
                    16, "version " + Integer.toUnsignedString(version) + " of libvirt's save file is not known");
        }
        for (int i = 24; i < LIBVIRT_HEAD_BYTES; i++) {
            if (head[i] != 0) {
                throw MalformedImage.at(i, "reserved bytes are set in the head of libvirt's save file");
            }
        }
        long length = Integer.toUnsignedLong(Wire.intLe(head, 20));
        if (length < 2 || length > DEFINITION_BYTES_MAX + 1L) {
            throw MalformedImage.at(20, "domain XML of " + length + " bytes");
        }
        return text(read(in, LIBVIRT_HEAD_BYTES, (int) length), LIBVIRT_HEAD_BYTES);
    }

    private static String readXl(InputStream in) throws IOException {
        byte[] head = readHead(in, XL_HEAD_BYTES, XL_MAGIC);
        if (Wire.intLe(head, 32) != XL_BYTE_ORDER) {
            throw MalformedImage.at(32, "the byte order of xl's save file is not that of x86");
        }
        int flags = Wire.intLe(head, 36);
        if (flags != XL_MANDATORY_FLAGS) {
            throw MalformedImage.at(
                    36, "flags 0x" + Integer.toHexString(flags) + " of xl's save file: not JSON and stream version 2");
        }
        long optional = Integer.toUnsignedLong(Wire.intLe(head, 44));
        if (optional < 4 + 2 || optional > 4 + DEFINITION_BYTES_MAX + 1L) {
            throw MalformedImage.at(44, "optional data of " + optional + " bytes in the head of xl's save file");
        }
        long length = Integer.toUnsignedLong(Wire.intLe(read(in, XL_HEAD_BYTES, 4), 0));
        if (length < 2 || length > optional - 4) {
            throw MalformedImage.at(XL_HEAD_BYTES, "a configuration of " + length + " bytes");
        }
        int start = XL_HEAD_BYTES + 4;
        byte[] json = read(in, start, (int) length);
        // whatever a newer xl puts behind it may be skipped, as its name says
        read(in, start + length, (int) (optional - 4 - length));
        return text(json, start);
    }

    /** Reads the rest of a head whose first bytes have been read, and compares all of the magic. */
    private static byte[] readHead(InputStream in, int length, byte[] magic) throws IOException {
        byte[] head = new byte[length];
        System.arraycopy(magic, 0, head, 0, PROBE_BYTES);
        System.arraycopy(read(in, PROBE_BYTES, length - PROBE_BYTES), 0, head, PROBE_BYTES, length - PROBE_BYTES);
        if (!Arrays.equals(head, 0, magic.length, magic, 0, magic.length)) {
            throw MalformedImage.at(0, "the magic of a save file is damaged");
        }
        return head;
    }

    private static byte[] read(InputStream in, long from, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw MalformedImage.cutShort(from + bytes.length);
        }
        return bytes;
    }

    /** Decodes text that must end with the one NUL it has. */
    private static String text(byte[] bytes, long from) throws MalformedImage {
        int end = bytes.length - 1;
        for (int i = 0; i <= end; i++) {
            if ((bytes[i] == 0) != (i == end)) {
                throw MalformedImage.at(from + i, "the definition does not end where it says");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, end))
                    .toString();
        } catch (CharacterCodingException e) {
            throw MalformedImage.at(from, "the definition is not UTF-8");
        }
    }
}
