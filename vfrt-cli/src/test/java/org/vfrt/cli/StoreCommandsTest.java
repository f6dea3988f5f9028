package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of a store for real, with libvirt's test driver, whose one guest is called test. */
final class StoreCommandsTest {

    @TempDir
    Path directory;

    private Path configuration;

    @BeforeEach
    void configure() throws IOException {
        configuration = directory.resolve("vfrt.yaml");
        configured("");
    }

    private void configured(String more) throws IOException {
        Files.writeString(configuration, """
                hosts:
                  demo:
                    uri: test:///default
                store: %s/store
                state: %s/state
                %s
                """.formatted(directory, directory, more));
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
    void anEncryptedStoreLivesThroughCopyCollectionExportImportAndAChangeOfKeys() throws IOException {
        well("store", "init", "--encrypt", "--new-key-file", path("a.key"));
        configured("store_key_file: " + path("a.key"));
        well("checkpoint", "create", "test", "--memory-only");
        well("checkpoint", "create", "test", "--memory-only");
        List<String> ids = well("checkpoint", "list").firstCells();
        assertThat(ids).hasSize(2);
        assertThat(well("store", "stat").out()).contains("Encrypted:", "yes");
        well("store", "check", "--read-data");

        configured("");
        assertThat(well("checkpoint", "list").firstCells()).isEqualTo(ids);
        well("store", "stat");
        Answer locked = vfrt("checkpoint", "create", "test", "--memory-only");
        assertThat(locked.code()).isEqualTo(3);
        assertThat(locked.err()).contains("no key is configured");
        configured("store_key_file: " + path("a.key"));

        assertThat(vfrt("store", "copy", path("copy")).code()).isEqualTo(3);
        assertThat(well("store", "copy", path("copy"), "--in-clear").firstCells())
                .isEqualTo(ids);
        assertThat(well("store", "copy", path("copy")).out()).isEmpty();
        assertThat(Files.readString(directory.resolve("copy/store.json"))).contains("\"keySlots\" : [ ]");

        well("store", "key", "change", "--new-key-file", path("b.key"));
        assertThat(vfrt("store", "check").code()).isEqualTo(3);
        configured("store_key_command: [cat, " + path("b.key") + "]");
        well("store", "check");

        Answer deleted = well("checkpoint", "delete", "--yes", ids.get(0), "-o", "json");
        assertThat(deleted.out()).contains("\"removedPacks\": 1");
        assertThat(directory.resolve("store/retired")).isEmptyDirectory();
        assertThat(well("store", "gc").firstCells()).containsExactly("0 B");

        well("checkpoint", "export", ids.get(1), "--to", path("test.save"));
        assertThat(vfrt("checkpoint", "export", ids.get(1), "--to", path("test.save"))
                        .code())
                .isEqualTo(3);
        well("checkpoint", "import", path("test.save"), "--tag", "back");
        assertThat(well("checkpoint", "list").firstCells()).hasSize(2);
        well("checkpoint", "verify", "--all");
    }

    @Test
    void damageEndsWithEightAndNamesWhoSuffers() throws IOException {
        well("checkpoint", "create", "test", "--memory-only");
        String id = well("checkpoint", "list").firstCells().get(0);
        Path pack = directory.resolve("store/checkpoints/" + id + "/pack");
        byte[] bytes = Files.readAllBytes(pack);
        bytes[bytes.length / 2] ^= 1;
        Files.write(pack, bytes);

        Answer answer = vfrt("store", "check", "--read-data");
        assertThat(answer.code()).isEqualTo(8);
        assertThat(answer.firstCells()).containsExactly(id);
        assertThat(vfrt("store", "copy", path("copy")).code()).isEqualTo(8);
    }

    @Test
    void withoutCollectionTheSpaceIsLeftToALaterOne() {
        well("checkpoint", "create", "test", "--memory-only");
        well("checkpoint", "create", "test", "--memory-only");
        String id = well("checkpoint", "list").firstCells().get(0);
        well("checkpoint", "delete", "--yes", "--no-gc", id);
        assertThat(directory.resolve("store/retired/" + id)).exists();
        assertThat(well("store", "gc", "--dry-run").out()).contains("WOULD BE FREED");
        assertThat(directory.resolve("store/retired/" + id)).exists();
        well("store", "gc");
        assertThat(directory.resolve("store/retired/" + id)).doesNotExist();
    }

    @Test
    void configShowSaysWhereTheKeyIsAndNothingOfIt() throws IOException {
        configured("store_key_command: [pass, show, top-secret]\nstore_reserve: 1GiB");
        String shown = well("config", "show", "--origin").out()
                + well("config", "show", "-o", "json").out();
        assertThat(shown).contains("command 'pass'", "1GiB").doesNotContain("top-secret");
    }
}
