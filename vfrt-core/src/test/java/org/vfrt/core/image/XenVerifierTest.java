package org.vfrt.core.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Asks Xen's own verify-stream-v2 about what vfrt writes: the one that {@code scripts/test} unpacked, or that of this machine
 * (Debian: xen-utils-4.17).
 */
class XenVerifierTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void xenAcceptsWhatIsWritten(SyntheticStream.Kind kind) throws Exception {
        SyntheticStream guest = SyntheticStream.of(kind, 3000).live(3).withoutXenstoreData();
        Path file = directory.resolve("written");
        try (OutputStream out = Files.newOutputStream(file)) {
            StreamReader.read(new ByteArrayInputStream(guest.bytes()), new StreamWriter(out));
        }
        assertThat(verify(file, "libxl")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(SyntheticStream.Kind.class)
    void xenAcceptsTheNormalForm(SyntheticStream.Kind kind) throws Exception {
        SyntheticStream guest = SyntheticStream.of(kind, 3000).live(3).withoutXenstoreData();
        Path live = Files.write(directory.resolve("live"), guest.bytes());
        Path flat = directory.resolve("flat");
        try (FileChannel channel = FileChannel.open(live, StandardOpenOption.READ);
                OutputStream out = Files.newOutputStream(flat)) {
            new Flatten(guest.limits()).write(channel, 0, out);
        }
        assertThat(verify(flat, "libxl")).isEmpty();
    }

    @Test
    void xenFindsTheStreamBehindTheHeadOfXl() throws Exception {
        Path file = directory.resolve("saved");
        try (OutputStream out = Files.newOutputStream(file)) {
            SaveFile.writeHead(ImageSource.Form.XL, "{}", out);
            out.write(SyntheticStream.of(SyntheticStream.Kind.PVH, 40).bytes());
        }
        assertThat(verify(file, "xl")).isEmpty();
    }

    /** Returns what the verifier complains of. */
    private static String verify(Path file, String format) throws IOException, InterruptedException {
        Optional<Path> tool = tool();
        Assumptions.assumeTrue(tool.isPresent(), "verify-stream-v2 is not installed");
        Path program = tool.orElseThrow();
        ProcessBuilder builder =
                new ProcessBuilder(List.of("python3", program.toString(), "--in", file.toString(), "--format", format));
        builder.environment()
                .put("PYTHONPATH", program.resolveSibling("../lib/python").toString());
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() == 0 ? "" : output.isEmpty() ? "exit code " + process.exitValue() : output;
    }

    private static Optional<Path> tool() throws IOException {
        Path lib = Path.of(System.getenv().getOrDefault("VFRT_TEST_TOOLS", "/"), "usr/lib");
        if (!Files.isDirectory(lib)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(lib)) {
            return versions.filter(path -> path.getFileName().toString().startsWith("xen-"))
                    .map(path -> path.resolve("bin/verify-stream-v2"))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }
}
