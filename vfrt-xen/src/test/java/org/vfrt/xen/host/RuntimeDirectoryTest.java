package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.process.KnownProcess;

final class RuntimeDirectoryTest {

    @TempDir
    Path parent;

    private Path left(String name, String owner) throws Exception {
        Path directory = Files.createDirectory(parent.resolve(name));
        Files.createFile(directory.resolve("s"));
        if (!owner.isEmpty()) {
            Files.writeString(directory.resolve("owner"), owner);
        }
        return directory;
    }

    private static String noteOfTheDead() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        String[] words = KnownProcess.note().split(" ");
        words[2] = Long.toString(process.pid());
        return String.join(" ", words);
    }

    @Test
    void onlyItsUserCanEnterItAndItIsGoneAfterwards() throws Exception {
        Path directory;
        try (RuntimeDirectory made = RuntimeDirectory.make()) {
            directory = made.socket().getParent();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                    .isEqualTo("rwx------");
            assertThat(made.socket().toString().length()).isLessThan(108 - 17);
            Files.createFile(made.socket());
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void whatAKilledProcessLeftIsRemoved() throws Exception {
        Path dead = left("vfrt-run-1", noteOfTheDead());
        RuntimeDirectory.sweep(parent);
        assertThat(dead).doesNotExist();
    }

    @Test
    void whatAProcessThatRunsHasIsLeftToIt() throws Exception {
        Path alive = left("vfrt-run-1", KnownProcess.note());
        Path elsewhere = left("vfrt-run-2", "another-machine another-boot/pid 1 -");
        Path justMade = left("vfrt-run-3", "");
        RuntimeDirectory.sweep(parent);
        assertThat(alive).exists();
        assertThat(elsewhere).exists();
        assertThat(justMade).exists();
    }

    @Test
    void oneThatNobodyClaimsIsRemovedAfterAWhile() throws Exception {
        Path nobodys = left("vfrt-run-1", "");
        Files.setLastModifiedTime(nobodys, FileTime.from(Instant.now().minus(Duration.ofMinutes(11))));
        RuntimeDirectory.sweep(parent);
        assertThat(nobodys).doesNotExist();
    }

    @Test
    void whatSomebodyElseKeepsInOneStays() throws Exception {
        Path dead = left("vfrt-run-1", noteOfTheDead());
        Files.writeString(dead.resolve("notes"), "mine");
        RuntimeDirectory.sweep(parent);
        assertThat(dead.resolve("notes")).hasContent("mine");
    }

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Path dead = left("elsewhere", noteOfTheDead());
        Files.createSymbolicLink(parent.resolve("vfrt-run-1"), dead);
        RuntimeDirectory.sweep(parent);
        assertThat(dead.resolve("s")).exists();
    }
}
