package org.vfrt.core.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;

final class ReadKeyTest {

    private static final String DIGITS = "00112233445566778899aabbccddeeff".repeat(2);

    @TempDir
    private Path directory;

    private AccessKey read(Path file) {
        return new ReadKey(argv -> {
                    throw new AssertionError("no command was configured");
                })
                .run(new KeyOrigin.File(file));
    }

    private Path written(String content, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve("key"), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static byte[] derived(AccessKey key) {
        return key.derive("a purpose", new byte[16]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s", "%s\n", "  %s \r\n\n"})
    void digitsAreAKeyWhateverWhiteSpaceIsAroundThem(String form) throws IOException {
        AccessKey key = read(written(form.formatted(DIGITS), "rw-------"));
        AccessKey capitals = AccessKey.parse(DIGITS.toUpperCase(Locale.ROOT), new KeyOrigin.File(directory));
        assertThat(derived(key)).isEqualTo(derived(capitals)).hasSize(32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "correct horse battery staple", "%s0", "%s %s", "0x%s", "%sg"})
    void nothingWeakerIsAKeyAndWhatItIsIsNotSaid(String form) throws IOException {
        String text = form.formatted(DIGITS, DIGITS).replaceFirst("0(?=g)", "");
        Path file = written(text, "rw-------");
        Failure failure = catchThrowableOfType(BadInput.class, () -> read(file));
        assertThat(failure.code()).isEqualTo("bad-store-key");
        assertThat(failure.getMessage() + failure.hint())
                .doesNotContain("horse")
                .doesNotContain("0011");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw-rw----", "rw----r--", "rw-----w-"})
    void aKeyThatOthersCanReadOrChangeIsRefused(String permissions) throws IOException {
        Path file = written(DIGITS, permissions);
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertThatThrownBy(() -> read(file))
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo("store-key-open"));
        assertThatThrownBy(() -> read(link)).isInstanceOf(Refused.class);
    }

    @Test
    void aCommandGetsItsWordsAsTheyAre() {
        KeyOrigin.Command origin = new KeyOrigin.Command(List.of("pass", "show", "a  b;c"));
        AccessKey key =
                new ReadKey(argv -> argv.equals(List.of("pass", "show", "a  b;c")) ? DIGITS + "\n" : "").run(origin);
        assertThat(derived(key)).isEqualTo(derived(AccessKey.parse(DIGITS, origin)));
        assertThat(origin.shown()).isEqualTo("command 'pass'");
        assertThat(key.toString()).doesNotContain("0011");
    }

    @Test
    void aNewKeyIsPrivateAndNeverWrittenOverAnotherFile() throws IOException {
        Path file = directory.resolve("new.key");
        AccessKey made = new MakeKeyFile(new Random(1)).run(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(derived(read(file))).isEqualTo(derived(made));

        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> new MakeKeyFile(new Random(2)).run(file)).isInstanceOf(Refused.class);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThatThrownBy(() -> new MakeKeyFile(new Random(2)).run(directory.resolve("no/such.key")))
                .isInstanceOf(BadInput.class);
    }

    @Test
    void aFileThatIsNotThereIsAMistakeAndAPipeIsNotWaitedFor() {
        assertThatThrownBy(() -> read(directory.resolve("none")))
                .isInstanceOfSatisfying(
                        BadInput.class, e -> assertThat(e.code()).isEqualTo("no-key-file"));
        assertThatThrownBy(() -> read(Path.of("/dev/zero"))).isInstanceOf(Failure.class);
    }
}
