package org.vfrt.xen.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.config.S3Settings;
import org.vfrt.core.failure.Failure;

final class ReadCredentialsTest {

    @TempDir
    private Path directory;

    private S3Settings in(String content, String mode) throws IOException {
        Path file = Files.writeString(directory.resolve("credentials"), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        return new S3Settings(Optional.empty(), S3Settings.REGION, false, Optional.of(file), 0);
    }

    private static String code(Map<String, String> environment, S3Settings settings) {
        Failure failure = catchThrowableOfType(Failure.class, () -> new ReadCredentials(environment).run(settings));
        assertThat(failure.getMessage() + failure.hint()).doesNotContain("sesame");
        return failure.code();
    }

    @Test
    void aPrivateFileCountsMoreThanTheEnvironment() throws IOException {
        S3Settings settings = in("""
                # of the pool
                [default]
                aws_access_key_id = id
                aws_secret_access_key=sesame/with=signs
                """, "rw-------");
        Map<String, String> environment = Map.of("AWS_ACCESS_KEY_ID", "other", "AWS_SECRET_ACCESS_KEY", "other");
        S3Credentials found = new ReadCredentials(environment).run(settings);
        assertThat(found).isEqualTo(new S3Credentials("id", "sesame/with=signs", Optional.empty()));
        assertThat(found.toString()).doesNotContain("sesame");
        assertThat(new ReadCredentials(environment).run(S3Settings.DEFAULT).keyId())
                .isEqualTo("other");
    }

    @Test
    void whatIsWrongIsSaidWithoutASecret() throws IOException {
        assertThat(code(Map.of(), S3Settings.DEFAULT)).isEqualTo("no-s3-credentials");
        assertThat(code(Map.of("AWS_ACCESS_KEY_ID", "id"), S3Settings.DEFAULT)).isEqualTo("no-s3-credentials");
        assertThat(code(Map.of(), in("aws_secret_access_key = sesame\n", "rw-------")))
                .isEqualTo("bad-s3-credentials");
        assertThat(code(Map.of(), in("[a]\naws_access_key_id = a\naws_secret_access_key = sesame\n[b]\n", "rw-------")))
                .isEqualTo("bad-s3-credentials");
        S3Settings open = in("aws_access_key_id = a\naws_secret_access_key = sesame\n", "rw-r-----");
        assertThat(code(Map.of(), open)).isEqualTo("s3-credentials-open");
        Files.delete(open.credentialsFile().orElseThrow());
        assertThat(code(Map.of(), open)).isEqualTo("no-s3-credentials");
    }
}
