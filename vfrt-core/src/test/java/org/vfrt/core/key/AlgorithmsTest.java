package org.vfrt.core.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AlgorithmsTest {

    /** As the library's property has it: looked for where java.library.path leads, and not unpacked. */
    private static final String NOT_UNPACKED = "-Dcom.amazon.corretto.crypto.provider.useExternalLib=true";

    /** What a JVM computes, printed by another JVM. */
    static final class Printer {
        public static void main(String[] arguments) throws Exception {
            System.out.println(Algorithms.areNative());
            System.out.println(computed(Algorithms.aesGcm(), Algorithms.sha256()));
        }
    }

    /** Else the comparisons below compare the JVM's own with themselves. */
    @Test
    void theLibraryIsThereOnTheMachineItIsFor() {
        assertThat(Algorithms.areNative())
                .isEqualTo(System.getProperty("os.arch").equals("amd64"));
    }

    @Test
    void theLibraryComputesWhatTheJvmDoes() throws Exception {
        Optional<Provider> none = Optional.empty();

        assertThat(computed(Algorithms.aesGcm(), Algorithms.sha256()))
                .isEqualTo(computed(Algorithms.aesGcm(none), Algorithms.sha256(none)));
    }

    @Test
    void whatOneSealedTheOtherOpens() throws Exception {
        byte[] text = "guest memory".getBytes(StandardCharsets.UTF_8);

        byte[] sealed = ready(Cipher.ENCRYPT_MODE, Algorithms.aesGcm()).doFinal(text);

        assertThat(ready(Cipher.DECRYPT_MODE, Algorithms.aesGcm(Optional.empty()))
                        .doFinal(sealed))
                .isEqualTo(text);
    }

    @Test
    void aProviderWithNothingToOfferIsPassedOver() {
        Provider empty = new Provider("Empty", "1", "offers nothing") {
            private static final long serialVersionUID = 1L;
        };

        assertThat(Algorithms.aesGcm(Optional.of(empty)).getProvider()).isNotSameAs(empty);
        assertThat(Algorithms.sha256(Optional.of(empty)).getProvider()).isNotSameAs(empty);
    }

    @Test
    void whereTheLibraryIsMissingTheJvmsOwnStandIn(@TempDir Path empty) throws Exception {
        List<String> printed = print(NOT_UNPACKED, "-Djava.library.path=" + empty);

        assertThat(printed).containsExactly("false", computed(Algorithms.aesGcm(), Algorithms.sha256()));
    }

    @Test
    void whereTheLibraryIsOfAnotherMachineTheJvmsOwnStandIn(@TempDir Path directory) throws Exception {
        Files.writeString(
                directory.resolve(System.mapLibraryName("amazonCorrettoCryptoProvider")), "of another machine");

        List<String> printed = print(NOT_UNPACKED, "-Djava.library.path=" + directory);

        assertThat(printed).containsExactly("false", computed(Algorithms.aesGcm(), Algorithms.sha256()));
    }

    @Test
    void whereNothingCanBeUnpackedTheJvmsOwnStandIn(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        List<String> printed = print("-Djava.io.tmpdir=" + file, "-Djava.library.path=" + directory);

        assertThat(printed).containsExactly("false", computed(Algorithms.aesGcm(), Algorithms.sha256()));
    }

    private static List<String> print(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Printer.class.getName()));
        File log = File.createTempFile("algorithms", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(log)
                    .redirectOutput(log)
                    .start();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            return Files.readAllLines(log.toPath());
        } finally {
            Files.delete(log.toPath());
        }
    }

    private static String computed(Cipher cipher, MessageDigest digest) throws Exception {
        byte[] page = new byte[4096];
        for (int i = 0; i < page.length; i++) {
            page[i] = (byte) (i * 31);
        }
        HexFormat hex = HexFormat.of();
        return hex.formatHex(ready(Cipher.ENCRYPT_MODE, cipher).doFinal(page)) + " "
                + hex.formatHex(digest.digest(page));
    }

    private static Cipher ready(int mode, Cipher cipher) throws Exception {
        cipher.init(mode, new SecretKeySpec(new byte[32], "AES"), new GCMParameterSpec(128, new byte[12]));
        return cipher;
    }
}
