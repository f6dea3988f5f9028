package org.vfrt.core.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;

final class DirectoryRegisterTest extends RegisterContract {

    @TempDir
    private Path directory;

    @Override
    protected Register open() {
        return new DirectoryRegister(place());
    }

    private Path place() {
        return directory.resolve("register");
    }

    @Test
    void theLeadOfAProcessThatIsKilledIsFree() throws Exception {
        Process leader = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        HoldLead.class.getName(),
                        place().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(leader.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(said.readLine()).isEqualTo("led");
            Register.Attempt attempt = open().attemptLead("this one");
            assertThat(attempt.term()).isEmpty();
            assertThat(attempt.holder()).isEqualTo("the other one");
        } finally {
            leader.destroyForcibly();
        }
        assertThat(leader.waitFor(1, TimeUnit.MINUTES)).isTrue();

        Register.Attempt attempt = open().attemptLead("this one");
        assertThat(attempt.term()).isPresent();
        attempt.term().orElseThrow().close();
    }

    @Test
    void onlyItsOwnerCanReadIt() throws Exception {
        open().write("claim/a", Register.ABSENT, "x");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place())))
                .isEqualTo("rwx------");
        Path entry = place().resolve("entries/claim/a.entry");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(entry)))
                .isEqualTo("rw-------");
    }

    @Test
    void whatAPowerCutLeftBesideAnEntryIsNone() throws Exception {
        open().write("claim/a", Register.ABSENT, "x");
        Files.writeString(place().resolve("entries/claim/b.entry.tmp"), "half");

        assertThat(open().list("")).extracting(Register.Entry::key).containsExactly("claim/a");
    }

    @Test
    void whatSomebodyElseWroteThereIsSaidAndNotOverwritten() throws Exception {
        open().write("claim/a", Register.ABSENT, "x");
        Path entry = place().resolve("entries/claim/a.entry");
        Files.writeString(entry, "no number\nx");

        assertThatThrownBy(() -> open().write("claim/a", 1, "y"))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining("a.entry");
        assertThat(entry).hasContent("no number\nx");
    }

    @Test
    void aRegisterOfALaterFormatIsRefused() throws Exception {
        open().write("claim/a", Register.ABSENT, "x");
        Files.writeString(place().resolve("format"), "vfrt register 2\n");

        assertThatThrownBy(() -> open().read("claim/a")).isInstanceOf(Refused.class);
    }

    @Test
    void aRegisterThatOthersCanWriteToIsRefused() throws Exception {
        open().write("claim/a", Register.ABSENT, "x");
        Files.setPosixFilePermissions(place(), PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> open().read("claim/a")).isInstanceOf(Refused.class);
    }

    @Test
    void whereTheDirectoryCannotBeMadeTheRegisterIsSilent() throws IOException {
        Files.writeString(place(), "a file");

        assertThatThrownBy(() -> open().read("claim/a")).isInstanceOf(Temporary.class);
    }
}
