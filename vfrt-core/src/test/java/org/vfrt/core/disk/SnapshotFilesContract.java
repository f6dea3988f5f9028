package org.vfrt.core.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.Hypervisor;

/** What every implementation of {@link SnapshotFiles} does. */
public abstract class SnapshotFilesContract {

    protected static final SnapshotMark MARK =
            new SnapshotMark(new UUID(1, 2), "20261130T020000Z-00000001", new UUID(3, 4));

    @TempDir
    protected Path into;

    protected abstract SnapshotFiles files();

    protected abstract Hypervisor host();

    /** Returns a snapshot whose file system has /etc/motd with "hello", and /srv/data with the files a ("A") and b ("B"). */
    protected abstract PairedDisk disk();

    /** Takes the snapshot away. */
    protected abstract void lose(PairedDisk disk);

    protected static SnapshotFiles.Wish wish(PairedDisk disk, String... paths) {
        return new SnapshotFiles.Wish(disk, MARK, "20261130T030000Z-00000002", Optional.empty(), List.of(paths));
    }

    protected SnapshotFiles.Copied copied(String... paths) {
        return files().copy(host(), wish(disk(), paths), into, bytes -> {});
    }

    protected List<String> written() throws IOException {
        try (Stream<Path> all = Files.walk(into)) {
            return all.filter(Files::isRegularFile)
                    .map(path -> into.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aFileComesUnderItsFullPath() throws IOException {
        SnapshotFiles.Copied copied = copied("/etc/motd");
        assertThat(into.resolve("etc/motd")).content().isEqualTo("hello");
        assertThat(written()).containsExactly("etc/motd");
        assertThat(copied.files()).isEqualTo(1);
    }

    @Test
    void aDirectoryComesWithAllThatIsInIt() throws IOException {
        copied("/srv/data", "/srv/data/a");
        assertThat(written()).containsExactly("srv/data/a", "srv/data/b");
        assertThat(into.resolve("srv/data/b")).content().isEqualTo("B");
    }

    @Test
    void aLookWritesNothing() throws IOException {
        assertThat(files().look(host(), wish(disk(), "/etc/motd")).type()).isNotEmpty();
        assertThat(written()).isEmpty();
    }

    @Test
    void aFileThatIsNotThereIsMissed() throws IOException {
        assertThatThrownBy(() -> copied("/etc/motd", "/etc/nothing"))
                .isInstanceOfSatisfying(
                        NotFound.class, e -> assertThat(e.code()).isEqualTo(SnapshotFiles.NO_SUCH_FILE))
                .hasMessageContaining("/etc/nothing");
        assertThat(written()).isEmpty();
    }

    @Test
    void withoutItsSnapshotItIsRefused() {
        PairedDisk disk = disk();
        lose(disk);
        assertThatThrownBy(() -> files().copy(host(), wish(disk, "/etc/motd"), into, bytes -> {}))
                .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code()).isEqualTo("snapshot-missing"));
    }
}
