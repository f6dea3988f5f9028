package org.vfrt.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Which vfrt this is. The launcher reads the same file, so both say the same. */
final class Build {

    private Build() {}

    static String version() {
        try (InputStream in = Build.class.getResourceAsStream("version")) {
            if (in == null) {
                throw new IllegalStateException("the build left out its version");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
