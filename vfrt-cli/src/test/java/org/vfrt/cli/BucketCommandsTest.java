package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.xen.s3.S3Server;

/** The life of a store in a bucket for real: a real S3 server, and libvirt's test driver. */
final class BucketCommandsTest {

    private static S3Server server;

    @TempDir
    Path directory;

    private Path configuration;
    private Path credentials;
    private String prefix;

    @BeforeAll
    static void start() {
        server = S3Server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void configure() throws IOException {
        prefix = directory.getFileName().toString().replaceAll("[^a-z0-9]", "x");
        configuration = directory.resolve("vfrt.yaml");
        credentials = Files.createFile(
                directory.resolve("credentials"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(credentials, """
                [default]
                aws_access_key_id = %s
                aws_secret_access_key = %s
                """.formatted(S3Server.KEY_ID, S3Server.SECRET));
        configured("");
    }

    private String bucket(String name) {
        return "s3://" + S3Server.BUCKET + "/" + prefix + "/" + name;
    }

    private void configured(String more) throws IOException {
        Files.writeString(
                configuration, """
                hosts:
                  demo:
                    uri: test:///default
                store: %s
                store_s3:
                  endpoint: %s
                  credentials_file: %s
                state: %s/state
                %s
                """.formatted(bucket("store"), server.endpoint(), credentials, directory, more));
    }

    private Answer vfrt(String... words) {
        return Answer.of(configuration, words);
    }

    private Answer well(String... words) {
        Answer answer = vfrt(words);
        assertThat(answer.code()).as("%s: %s", List.of(words), answer.err()).isZero();
        return answer;
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    @Test
    void anEncryptedStoreInABucketDoesAllThatOneInADirectoryDoes() throws IOException {
        well("store", "init", "--encrypt", "--new-key-file", path("a.key"));
        configured("store_key_file: " + path("a.key"));
        well("checkpoint", "create", "test", "--memory-only");
        well("checkpoint", "create", "test", "--memory-only", "--tag", "kept");
        List<String> ids = well("checkpoint", "list").firstCells();
        assertThat(ids).hasSize(2);
        assertThat(well("store", "stat").out()).contains("Encrypted:", "yes", bucket("store"));
        well("store", "check", "--read-data");
        well("checkpoint", "verify", "--all");
        well("checkpoint", "show", ids.get(0));

        assertThat(vfrt("store", "copy", path("copy")).code()).isEqualTo(3);
        assertThat(well("store", "copy", path("copy"), "--in-clear").firstCells())
                .isEqualTo(ids);
        assertThat(well("store", "copy", path("copy")).out()).isEmpty();
        configured("");
        assertThat(well("--store", path("copy"), "store", "copy", bucket("back"))
                        .firstCells())
                .isEqualTo(ids);
        assertThat(well("--store", bucket("back"), "checkpoint", "list").firstCells())
                .isEqualTo(ids);
        well("--store", bucket("back"), "checkpoint", "verify", "--all");
        configured("store_key_file: " + path("a.key"));
        assertThat(vfrt("store", "copy", bucket("store")).code()).isEqualTo(2);

        well("store", "key", "change", "--new-key-file", path("b.key"));
        assertThat(vfrt("store", "check").code()).isEqualTo(3);
        configured("store_key_file: " + path("b.key"));
        well("store", "check");

        assertThat(well("checkpoint", "prune", "test", "--keep-last", "1", "-o", "json")
                        .out())
                .contains("\"removedPacks\": 1");
        assertThat(well("store", "gc").firstCells()).containsExactly("0 B");
        well("checkpoint", "export", ids.get(1), "--to", path("test.save"));
        well("checkpoint", "import", path("test.save"), "--tag", "back");
        assertThat(well("checkpoint", "list").firstCells()).hasSize(2);
        Answer restore = vfrt("checkpoint", "restore", ids.get(1), "--accept-disk-drift", "test", "--dry-run");
        assertThat(restore.err()).contains("guest 'test' is active on host 'demo'");
        well("checkpoint", "delete", "--yes", ids.get(1));
    }

    @Test
    void whatIsWrongWithTheServerIsSaidInWords() throws IOException {
        Files.writeString(credentials, "aws_access_key_id = x\naws_secret_access_key = hidden-secret\n");
        Answer denied = vfrt("checkpoint", "list");
        assertThat(denied.code()).isEqualTo(3);
        assertThat(denied.err()).contains("credentials").doesNotContain("hidden-secret");

        Files.setPosixFilePermissions(credentials, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(vfrt("checkpoint", "list").err()).contains("chmod 600").doesNotContain("hidden-secret");
        Files.setPosixFilePermissions(credentials, PosixFilePermissions.fromString("rw-------"));
        pointedAt("http://10.255.255.1:9000");
        assertThat(vfrt("checkpoint", "list").code()).isEqualTo(3);
        assertThat(vfrt("checkpoint", "list").err()).contains("in clear");
        pointedAt("http://127.0.0.1:1");
        Answer silent = vfrt("checkpoint", "list");
        assertThat(silent.code()).isEqualTo(75);
        assertThat(silent.err()).contains("cannot be reached");
    }

    private void pointedAt(String endpoint) throws IOException {
        configured("");
        Files.writeString(
                configuration,
                Files.readString(configuration).replace(server.endpoint().toString(), endpoint));
    }

    @Test
    void theConfigurationIsShownWithoutASecret() {
        String shown = well("config", "show", "--origin").out()
                + well("config", "show", "-o", "json").out();
        assertThat(shown).contains(bucket("store"), server.endpoint().toString(), credentials.toString());
        assertThat(shown).doesNotContain(S3Server.SECRET);
    }
}
