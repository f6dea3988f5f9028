package org.vfrt.xen.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.DiskSnapshotsContract;
import org.vfrt.core.disk.Engine;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SnapshotMark;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Disk;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Hypervisor;

/** A hook that copies files ({@code src-test-fixtures/disk-hooks/copies}), and ones that do not do what they should. */
final class HookDisksTest extends DiskSnapshotsContract {

    private static final SnapshotMark MARK =
            new SnapshotMark(new UUID(1, 2), "20261130T020000Z-00000001", new UUID(3, 4));

    @TempDir
    private Path work;

    private final FakePool pool = new FakePool("xen1");

    @BeforeEach
    void begin() {
        disks().forEach(disk -> write(disk.path(), "new"));
    }

    /** A program of these lines. */
    private Path program(String name, String... lines) {
        try {
            Path program = work.resolve(name);
            Files.writeString(program, "#!/bin/bash\n" + String.join("\n", lines) + "\n");
            return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path copies() {
        Path fixture =
                Path.of("..", "src-test-fixtures", "disk-hooks", "copies").toAbsolutePath();
        return program("copies", "COPIES='" + work + "/states' exec '" + fixture + "' \"$@\"");
    }

    private static HookDisks taking(Path program) {
        return new HookDisks(List.of(), Optional.of(new DiskHook(program)));
    }

    @Override
    protected DiskSnapshots snapshots() {
        return taking(copies());
    }

    @Override
    protected Hypervisor host() {
        return pool.on("xen1");
    }

    @Override
    protected List<Disk> disks() {
        return List.of(
                new Disk("xvda", Disk.Source.FILE, work.resolve("web1.img").toString(), "raw", true),
                new Disk("xvdb", Disk.Source.FILE, work.resolve("a b'@c:d.img").toString(), "raw", true));
    }

    @Override
    protected void write(String path, String content) {
        DiskFiles.write(path, content);
    }

    @Override
    protected String read(String path) {
        return DiskFiles.read(path);
    }

    @Override
    protected void lose(String path) {
        DiskFiles.lose(path);
    }

    @Test
    void twoDisksThatAHookCallsTheSameAreNotTwo() {
        assertThat(taking(program("alike", "printf 'ok\\tweb1\\tb\\t1\\nok\\tweb1\\td\\t2\\ndone\\n'"))
                        .survey(host(), disks()))
                .satisfiesExactly(
                        first -> assertThat(first.place()).isPresent(),
                        second -> assertThat(second.obstacle().orElseThrow().text())
                                .contains("the hook calls it"));
    }

    private void surveyFails(Class<? extends Failure> kind, String words, String... lines) {
        assertThatThrownBy(() -> taking(program("odd", lines)).survey(host(), disks()))
                .isInstanceOf(kind)
                .hasMessageContaining(words);
    }

    @Test
    void aHookThatDoesNotSayThatItIsDoneIsNot() {
        surveyFails(Failed.class, "does not say 'done'", "printf 'ok\\ta\\tb\\t1\\nok\\tc\\td\\t2\\n'");
        surveyFails(Failed.class, "answers 2 lines with 1", "printf 'ok\\ta\\tb\\t1\\ndone\\n'");
        surveyFails(Failed.class, "it answers 'ok a'", "printf 'ok\\ta\\nok\\tb\\ndone\\n'");
        surveyFails(Failed.class, "it answers 'no Bad", "printf 'no\\tBad Code\\tx\\nno\\tBad Code\\tx\\ndone\\n'");
    }

    @Test
    void whatAHookComplainsOfIsShown() {
        surveyFails(Failed.class, "the array is on fire", "echo 'the array is on fire' >&2", "exit 1");
        surveyFails(Temporary.class, "the array is busy", "echo 'the array is busy' >&2", "exit 75");
    }

    @Test
    void aHookIsToldTheHostAndTheProtocol() {
        String uri = host().host().uri().text();
        surveyFails(
                Failed.class,
                "survey 1 xen1 " + uri,
                "echo \"$* $VFRT_HOOK_PROTOCOL $VFRT_HOST $VFRT_HOST_URI\" >&2; exit 3");
    }

    @Test
    void aHookThatEveryoneCanChangeIsNotRun() throws IOException {
        Path program = program("open", "echo done");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xrwx"));
        assertThatThrownBy(() -> taking(program).survey(host(), disks())).isInstanceOf(Refused.class);
    }

    @Test
    void aHookThatIsGoneIsNamed() {
        assertThatThrownBy(() -> taking(work.resolve("gone")).list(host()))
                .isInstanceOfSatisfying(Failed.class, e -> assertThat(e.code()).isEqualTo("disk-hook-missing"));
        assertThatThrownBy(() -> new DiskHook(Path.of("relative"))).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> new DiskHook(Path.of("/x/with:colon"))).isInstanceOf(BadInput.class);
    }

    @Test
    void statesOfAHookThatIsNotKnownHereAreNoStates() {
        PairedDisk disk =
                new PairedDisk("xvda", "/x", Engine.EXTERNAL, "1", 1, "array:lun7@" + MARK.checkpoint() + ".x.y", "1");
        assertThat(snapshots().obstacles(host(), List.of(disk), true))
                .extracting(Reason::code)
                .containsExactly("disk-hook-missing");
    }

    @Test
    void aHookThatBreaksAtTheInstantIsToldToRemoveIt() throws IOException {
        Path told = work.resolve("told");
        Path program = program(
                "broken",
                "echo \"$1\" >> '" + told + "'",
                "[ $1 != survey ] || printf 'ok\\tlun1\\ta\\t1\\nok\\tlun2\\tb\\t2\\n'",
                "[ $1 != snapshot ] || exit 1",
                "echo done");
        HookDisks hook = taking(program);
        try (DiskSnapshots.Armed armed = hook.arm(host(), MARK, hook.survey(host(), disks()))) {
            assertThatThrownBy(armed::take).isInstanceOf(Failed.class);
        }
        assertThat(Files.readAllLines(told)).containsExactly("survey", "arm", "snapshot", "thaw", "remove");
    }

    @Test
    void labelsThatAreNotOfVfrtAreNobodys() {
        Path program = program("other", "printf 'lun1\\tsomething\\nlun2\\t20261130T020000Z-00000001.x.y\\ndone\\n'");
        assertThat(taking(program).list(host())).isEmpty();
    }

    @Test
    void theNextCommandKnowsTheHooksOfThisOne() {
        KnownHooks known = new KnownHooks(work.resolve("state"));
        assertThat(known.programs()).isEmpty();
        known.note(Path.of("/usr/local/sbin/old"));
        known.note(Path.of("/usr/local/sbin/new"));
        known.note(Path.of("/usr/local/sbin/old"));
        assertThat(new KnownHooks(work.resolve("state")).programs())
                .containsExactly(Path.of("/usr/local/sbin/new"), Path.of("/usr/local/sbin/old"));
    }

    @Test
    void whereNothingWasThereIsNothingAgain() {
        try (DiskSnapshots.Armed armed =
                snapshots().arm(host(), MARK, snapshots().survey(host(), disks()))) {
            armed.take();
            List<PairedDisk> paired = armed.keep();
            String path = disks().get(0).path();
            lose(path);
            String moment = "20261130T030000Z-00000002";
            snapshots().revert(host(), paired, MARK, moment);
            assertThat(read(path)).isEqualTo("new");
            snapshots().putBack(host(), snapshots().planned(paired, MARK, moment));
            assertThat(Path.of(path)).doesNotExist();
        }
    }
}
