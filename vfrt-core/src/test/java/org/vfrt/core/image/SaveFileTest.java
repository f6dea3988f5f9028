package org.vfrt.core.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SaveFileTest {

    private static final SyntheticStream GUEST = SyntheticStream.of(SyntheticStream.Kind.PVH, 20);
    private static final String XML = "<domain type='xen'>\n  <name>grün</name>\n</domain>\n";

    @ParameterizedTest
    @EnumSource(ImageSource.Form.class)
    void everyFormIsRecognisedAndReadToTheFirstByteOfItsStream(ImageSource.Form form) throws IOException {
        byte[] file = file(form);
        SlowInput in = new SlowInput(file, new IOException("read past the end"));

        ImageSource source = ImageSource.open(in);

        assertThat(source.form()).isEqualTo(form);
        assertThat(source.definition()).isEqualTo(form == ImageSource.Form.RAW ? "" : XML);
        assertThat(source.stream().readNBytes(GUEST.bytes().length)).isEqualTo(GUEST.bytes());
    }

    @Test
    void libvirtsHeadIsAsLibvirtWritesIt() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SaveFile.writeHead(ImageSource.Form.LIBVIRT, "<domain/>", out);
        assertThat(out.toByteArray())
                .isEqualTo(new RawStream()
                        .raw(java.util.HexFormat.of().parseHex("6c6962766972742d786d6c0a2000200d"))
                        .raw(RawStream.little(48).putInt(2).putInt(10).array())
                        .raw("<domain/>\0".getBytes(UTF_8))
                        .bytes());
    }

    @Test
    void xlsHeadIsAsXlWritesIt() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SaveFile.writeHead(ImageSource.Form.XL, "{}", out);
        assertThat(out.toByteArray())
                .isEqualTo(new RawStream()
                        .raw("Xen saved domain, xl format\n \0 \r".getBytes(UTF_8))
                        .raw(RawStream.little(20)
                                .putInt(0x01020304)
                                .putInt(3)
                                .putInt(0)
                                .putInt(7)
                                .putInt(3)
                                .array())
                        .raw("{}\0".getBytes(UTF_8))
                        .bytes());
    }

    @Test
    void whatANewerXlPutsBehindTheConfigurationIsSkipped() throws IOException {
        byte[] file = new RawStream()
                .raw("Xen saved domain, xl format\n \0 \r".getBytes(UTF_8))
                .raw(RawStream.little(20)
                        .putInt(0x01020304)
                        .putInt(3)
                        .putInt(0)
                        .putInt(7 + 5)
                        .putInt(3)
                        .array())
                .raw("{}\0extra".getBytes(UTF_8))
                .raw(GUEST.bytes())
                .bytes();
        ImageSource source = ImageSource.open(new ByteArrayInputStream(file));
        assertThat(source.definition()).isEqualTo("{}");
        assertThat(source.stream().readAllBytes()).isEqualTo(GUEST.bytes());
    }

    @Test
    void damagedHeadsAreRefused() throws IOException {
        refused(ImageSource.Form.RAW, f -> f[0] = 'x', "at byte 0: this is no save file");
        refused(ImageSource.Form.LIBVIRT, f -> f[9] = 'x', "at byte 0: the magic of a save file is damaged");
        refused(ImageSource.Form.LIBVIRT, f -> f[16] = 1, "at byte 16: version 1 of libvirt's save file is not known");
        refused(ImageSource.Form.LIBVIRT, f -> f[23] = 0x7f, "at byte 20: domain XML of 21");
        refused(ImageSource.Form.LIBVIRT, f -> f[23] = -1, "at byte 20: domain XML of 42");
        refused(ImageSource.Form.LIBVIRT, f -> f[20]--, "the definition does not end where it says");
        refused(ImageSource.Form.LIBVIRT, f -> f[70] = 0, "at byte 70: the definition does not end where it says");
        refused(ImageSource.Form.LIBVIRT, f -> f[70] = -1, "at byte 64: the definition is not UTF-8");
        refused(ImageSource.Form.LIBVIRT, f -> f[40] = 1, "at byte 40: reserved bytes are set");
        refused(ImageSource.Form.XL, f -> f[20] = 'x', "at byte 0: the magic of a save file is damaged");
        refused(ImageSource.Form.XL, f -> f[32] = 1, "at byte 32: the byte order of xl's save file");
        refused(ImageSource.Form.XL, f -> f[36] = 1, "at byte 36: flags 0x1 of xl's save file");
        refused(ImageSource.Form.XL, f -> f[47] = 1, "at byte 44: optional data of ");
        refused(ImageSource.Form.XL, f -> f[49] = 1, "at byte 48: a configuration of ");
    }

    @ParameterizedTest
    @EnumSource(ImageSource.Form.class)
    void aFileCutWithinItsHeadIsReportedWithTheByteItEndsAt(ImageSource.Form form) throws IOException {
        byte[] file = file(form);
        int headBytes = form == ImageSource.Form.RAW ? 8 : file.length - GUEST.bytes().length;
        for (int length = 0; length < headBytes; length++) {
            byte[] cut = java.util.Arrays.copyOf(file, length);
            assertThatThrownBy(() -> ImageSource.open(new ByteArrayInputStream(cut)))
                    .isInstanceOf(MalformedImage.class)
                    .hasMessage("the image is cut short at byte " + length);
        }
    }

    @Test
    void definitionsThatNoReaderWouldTakeAreNotWritten() {
        for (String definition : new String[] {"", "a\0b", "x".repeat(SaveFile.DEFINITION_BYTES_MAX + 1)}) {
            assertThatThrownBy(
                            () -> SaveFile.writeHead(ImageSource.Form.LIBVIRT, definition, new ByteArrayOutputStream()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static byte[] file(ImageSource.Form form) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SaveFile.writeHead(form, XML, out);
        out.write(GUEST.bytes());
        return out.toByteArray();
    }

    private static void refused(ImageSource.Form form, Consumer<byte[]> damage, String what) throws IOException {
        byte[] file = file(form);
        damage.accept(file);
        assertThatThrownBy(() -> ImageSource.open(new ByteArrayInputStream(file)))
                .isInstanceOf(MalformedImage.class)
                .hasMessageContaining(what);
    }
}
