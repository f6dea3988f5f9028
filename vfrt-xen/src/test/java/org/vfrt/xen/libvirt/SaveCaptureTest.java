package org.vfrt.xen.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.checkpoint.ArrivingImage;
import org.vfrt.core.checkpoint.CaptureJob;
import org.vfrt.core.checkpoint.Captured;
import org.vfrt.core.checkpoint.ImageFormat;
import org.vfrt.core.checkpoint.ImageReceiver;
import org.vfrt.core.checkpoint.Method;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.checkpoint.Restorer.RestoreJob;
import org.vfrt.core.checkpoint.Standstill;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;
import org.vfrt.xen.host.HostShells;

final class SaveCaptureTest {

    private static final UUID WEB1 = UUID.fromString("11111111-1111-1111-1111-111111111111");
    private static final Duration JOB = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    private final MemoryEntry journal = new MemoryEntry(WEB1);
    private final ByteArrayOutputStream image = new ByteArrayOutputStream();
    private Path spool;
    private FaultyHost host;
    private SaveCapture capture;
    private SaveFileRestorer restorer;

    @BeforeEach
    void openTheHost() {
        spool = directory.resolve("a spool");
        host = new FaultyHost(TestDriver.connect(TestDriver.smallHost()));
        Optional<String> where = Optional.of(spool.toString());
        capture = new SaveCapture(HostShells::of, where, Clock.systemUTC(), JOB);
        restorer = new SaveFileRestorer(HostShells::of, where, JOB);
    }

    @AfterEach
    void closeTheHost() {
        host.close();
    }

    @Test
    void aCaptureLeavesTheGuestRunningAndNoFile() {
        Instant before = Instant.now();

        Captured captured = capture.capture(job());

        assertThat(state()).isEqualTo(GuestState.RUNNING);
        assertThat(image.toString(StandardCharsets.UTF_8))
                .startsWith("TestGuestMagic")
                .contains("<name>web1</name>");
        assertThat(captured.imageBytes()).isEqualTo(image.size());
        assertThat(captured.pause()).isPositive();
        assertThat(captured.instant()).isBetween(before, Instant.now());
        assertThat(captured.definition()).contains("sesame");
        assertThat(captured.notes()).isEmpty();
        assertThat(files()).isEmpty();
        assertThat(capture.method()).isEqualTo(Method.SAVE);
    }

    @Test
    void theGuestRunsAgainBeforeItsFileIsFetched() {
        capture.capture(job((format, arriving) -> {
            assertThat(state()).isEqualTo(GuestState.RUNNING);
            assertThat(format).isEqualTo(ImageFormat.LIBVIRT_TEST);
            assertThat(permissions(spool)).isEqualTo("rwx------");
            assertThat(permissions(files().get(0))).isEqualTo("rw-------");
            return new ImageReceiver.Received(0, 0);
        }));
    }

    @Test
    void theStandstillIsBetweenSaveAndRestore() {
        capture.capture(new CaptureJob(
                host,
                guest("web1"),
                definition(),
                this::keep,
                journal,
                Progress.NONE,
                () -> assertThat(state()).isEqualTo(GuestState.SHUT_OFF)));
        assertThat(state()).isEqualTo(GuestState.RUNNING);
    }

    @Test
    void aStandstillThatFailsFailsTheCaptureAndTheGuestRunsAllTheSame() {
        Failed full = new Failed("disks-not-taken", "the pool is full", "");
        assertThatThrownBy(() -> capture.capture(
                        new CaptureJob(host, guest("web1"), definition(), this::keep, journal, Progress.NONE, () -> {
                            throw full;
                        })))
                .isSameAs(full);
        assertThat(state()).isEqualTo(GuestState.RUNNING);
        assertThat(files()).isEmpty();
    }

    @Test
    void anImageThatCannotBeKeptFailsWithTheGuestRunning() {
        Failed full = new Failed("store-full", "the store is full", "");

        assertThatThrownBy(() -> capture.capture(job((format, arriving) -> {
                    throw full;
                })))
                .isSameAs(full);
        assertThat(state()).isEqualTo(GuestState.RUNNING);
        assertThat(files()).isEmpty();
    }

    @Test
    void aFailedSaveLeavesTheGuestRunningAndNoFile() {
        host.beforeSave = FaultyHost.FAIL;

        assertThatThrownBy(() -> capture.capture(job()))
                .isInstanceOf(Failed.class)
                .hasMessageContaining("goes on running")
                .hasMessageContaining("no space left on device");
        assertThat(files()).isEmpty();
    }

    @Test
    void aRestoreThatFailsOnceIsTriedAgain() {
        host.beforeRestore = () -> {
            host.beforeRestore = () -> {};
            FaultyHost.FAIL.run();
        };

        capture.capture(job());

        assertThat(state()).isEqualTo(GuestState.RUNNING);
    }

    @Test
    void aGuestComesBackAlsoWhenNothingCanBeNotedAnyMore() {
        host.afterSave = () -> journal.full = true;

        assertThatThrownBy(() -> capture.capture(job())).hasMessageContaining("the disk is full");

        assertThat(state()).isEqualTo(GuestState.RUNNING);
        assertThat(journal.unsettled()).as("what is left is settled later").isTrue();
        journal.full = false;
        assertThat(capture.settle(journal, host)).singleElement().asString().contains("the save file was removed");
        assertThat(files()).isEmpty();
    }

    @Test
    void aCaptureIsUnsettledFromTheSaveUntilTheGuestRunsAgain() {
        host.beforeSave = () -> assertThat(journal.unsettled()).isTrue();
        host.afterRestore = () -> assertThat(journal.unsettled()).isTrue();

        capture.capture(job());

        assertThat(journal.unsettled()).isFalse();
    }

    @Test
    void aFileThatCannotBeRestoredIsKeptAndNamed() {
        host.beforeRestore = FaultyHost.FAIL;

        assertThatThrownBy(() -> capture.capture(job()))
                .isInstanceOfSatisfying(Failed.class, failed -> {
                    assertThat(failed.code()).isEqualTo("restore-failed");
                    assertThat(failed.hint()).contains("virsh restore " + files().get(0));
                })
                .hasMessageContaining("guest 'web1' is not running on host 'small'");
        assertThat(files()).hasSize(1);
        host.beforeRestore = () -> {};
        assertThatThrownBy(() -> capture.settle(journal, host))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo("restore-unsure"));
    }

    @Test
    void aDeathBeforeTheSaveIsSettledAsNothingDone() {
        host.beforeSave = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(job())).isInstanceOf(FaultyHost.Death.class);

        assertThat(capture.settle(journal, host)).singleElement().asString().contains("'web1' runs");
        assertThat(capture.settle(new MemoryEntry(WEB1), host))
                .containsExactly("The capture had not touched the guest.");
    }

    @Test
    void aDeathAfterTheSaveIsSettledByARestore() {
        host.afterSave = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(job())).isInstanceOf(FaultyHost.Death.class);
        assertThat(state()).isEqualTo(GuestState.SHUT_OFF);

        assertThat(capture.settle(journal, host)).singleElement().asString().contains("was restored");

        assertThat(state()).isEqualTo(GuestState.RUNNING);
        assertThat(files()).isEmpty();
        assertThat(capture.settle(journal, host)).singleElement().asString().contains("runs");
    }

    @Test
    void aDeathAfterTheRestoreIsSettledByRemovingTheFile() {
        host.afterRestore = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(job())).isInstanceOf(FaultyHost.Death.class);

        assertThat(capture.settle(journal, host)).singleElement().asString().contains("the save file was removed");

        assertThat(state()).isEqualTo(GuestState.RUNNING);
        assertThat(files()).isEmpty();
    }

    @Test
    void aGuestThatMayHaveRunSinceIsNotRestoredFromTheOldFile() {
        host.afterRestore = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(job())).isInstanceOf(FaultyHost.Death.class);
        host.destroy(WEB1);

        assertThatThrownBy(() -> capture.settle(journal, host)).isInstanceOf(Failed.class);

        assertThat(state()).isEqualTo(GuestState.SHUT_OFF);
        assertThat(files()).hasSize(1);
    }

    @Test
    void halfAFileIsSaidToBeHalf() throws IOException {
        host.afterSave = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(job())).isInstanceOf(FaultyHost.Death.class);
        Files.write(files().get(0), "TestGuestMagic\0\4".getBytes(StandardCharsets.US_ASCII));

        assertThatThrownBy(() -> capture.settle(journal, host))
                .isInstanceOf(Failed.class)
                .hasMessageContaining("incomplete or cannot be restored");
        assertThat(files()).hasSize(1);
    }

    @Test
    void anOldFileIsNotRestoredWithoutAHuman() throws IOException {
        host.afterSave = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(job())).isInstanceOf(FaultyHost.Death.class);
        Files.setLastModifiedTime(files().get(0), FileTime.from(Instant.now().minus(Duration.ofHours(25))));

        assertThatThrownBy(() -> capture.settle(journal, host))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo("save-file-old"));
        assertThat(state()).isEqualTo(GuestState.SHUT_OFF);
    }

    @Test
    void aGuestWithDisksIsRestoredWhileNoDomainWasStartedSince() {
        savedWithADisk();

        assertThat(capture.settle(journal, host)).singleElement().asString().contains("was restored");
        assertThat(journal.fact(SaveCapture.DISKS)).contains("vda");
    }

    @Test
    void aGuestWithDisksIsNotRestoredAfterAnotherDomainWasStarted() {
        capture.capture(job());
        host.destroy(WEB1);
        byte[] saved = image.toByteArray();
        restorer.restore(restoreJob(definition(), false));
        savedWithADisk();
        restorer.restore(new RestoreJob(
                host,
                definition().as("newcomer", UUID.randomUUID()),
                ImageFormat.LIBVIRT_TEST,
                () -> new ByteArrayInputStream(saved),
                saved.length,
                false,
                false,
                new MemoryEntry(UUID.randomUUID()),
                Progress.NONE));

        assertUnsure("was started on the host since");
    }

    @Test
    void aGuestWithDisksIsNotRestoredAfterItsHostWasStartedAgain() {
        savedWithADisk();
        journal.note(SaveCapture.BOOT, "an earlier one");

        assertUnsure("the host was started again since");
    }

    @Test
    void aGuestOfWhichTheJournalDoesNotSayWhatDisksItHasIsNotRestored() {
        host.afterSave = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(job())).isInstanceOf(FaultyHost.Death.class);
        MemoryEntry older = new MemoryEntry(WEB1);
        older.note(SaveCapture.FILE, journal.fact(SaveCapture.FILE).orElseThrow());
        older.note(SaveCapture.PHASE, SaveCapture.SAVING);

        assertThatThrownBy(() -> capture.settle(older, host)).hasMessageContaining("does not say");
        assertThat(state()).isEqualTo(GuestState.SHUT_OFF);
    }

    /** The definition says so; the test driver would not care. */
    private void savedWithADisk() {
        Definition disked = Definition.parse(host.definition(WEB1)
                .replaceFirst("<devices>", "<devices><disk type='block'><target dev='vda'/></disk>"));
        host.afterSave = FaultyHost.DIE;
        assertThatThrownBy(() -> capture.capture(new CaptureJob(
                        host, guest("web1"), disked, this::keep, journal, Progress.NONE, Standstill.NOTHING)))
                .isInstanceOf(FaultyHost.Death.class);
        host.afterSave = () -> {};
    }

    private void assertUnsure(String why) {
        assertThatThrownBy(() -> capture.settle(journal, host))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo("restore-unsure"))
                .hasMessageContaining(why);
        assertThat(state()).isEqualTo(GuestState.SHUT_OFF);
        assertThat(files()).hasSize(1);
    }

    @Test
    void aRunningGuestHasNoObstacle() {
        assertThat(capture.obstacles(host, guest("web1"), definition())).isEmpty();
        assertThat(spool).doesNotExist();
    }

    @Test
    void aSpoolThatIsTooSmallOrOutOfReachIsAnObstacle() {
        Definition odd = Definition.parse("""
                <domain type='xen'><name>x</name><uuid>11111111-1111-1111-1111-111111111111</uuid><memory>1024</memory>
                <os><type>hvm</type></os><cpu><numa/></cpu><devices><hostdev/></devices></domain>""");
        Guest huge = new Guest("x", WEB1, 1, GuestState.RUNNING, Duration.ZERO, 1L << 60, 1, true);
        assertThat(codes(capture.obstacles(host, huge, odd))).containsExactly("spool-full");
        SaveCapture blind = new SaveCapture(any -> Optional.empty(), Optional.empty(), Clock.systemUTC(), JOB);
        assertThat(codes(blind.obstacles(host, guest("web1"), definition()))).containsExactly("no-shell");
    }

    @Test
    void aCaptureIsRestored() {
        capture.capture(job());
        host.destroy(WEB1);

        Guest guest = restorer.restore(restoreJob(definition(), false));

        assertThat(guest.uuid()).isEqualTo(WEB1);
        assertThat(guest.state()).isEqualTo(GuestState.RUNNING);
        assertThat(files()).isEmpty();
    }

    @Test
    void aCaptureIsRestoredPaused() {
        capture.capture(job());
        host.destroy(WEB1);

        assertThat(restorer.restore(restoreJob(definition(), true)).state()).isEqualTo(GuestState.PAUSED);
    }

    @Test
    void aCaptureIsRestoredAsASecondGuest() {
        capture.capture(job());
        UUID uuid = UUID.randomUUID();
        RestoreJob job = restoreJob(definition().as("web1-copy", uuid), false);

        assertThat(restorer.obstacles(job)).isEmpty();
        Guest copy = restorer.restore(job);

        assertThat(copy.name()).isEqualTo("web1-copy");
        assertThat(copy.uuid()).isEqualTo(uuid);
        assertThat(state()).isEqualTo(GuestState.RUNNING);
    }

    @Test
    void anImageOfAnotherHypervisorIsNotRestored() {
        capture.capture(job());

        assertThat(codes(restorer.obstacles(new RestoreJob(
                        host,
                        definition().as("free", UUID.randomUUID()),
                        ImageFormat.LIBXL,
                        InputStream::nullInputStream,
                        1,
                        false,
                        false,
                        journal,
                        Progress.NONE))))
                .containsExactly("wrong-hypervisor");
    }

    @Test
    void aDamagedImageStartsNothing() {
        capture.capture(job());
        host.destroy(WEB1);
        RestoreJob cut = new RestoreJob(
                host,
                definition(),
                ImageFormat.LIBVIRT_TEST,
                () -> new ByteArrayInputStream(image.toByteArray(), 0, 10),
                10,
                false,
                false,
                journal,
                Progress.NONE);

        assertThatThrownBy(() -> restorer.restore(cut)).isInstanceOf(Damaged.class);
        assertThat(state()).isEqualTo(GuestState.SHUT_OFF);
        assertThat(files()).isEmpty();
    }

    @Test
    void aRestoreWhoseProcessDiedIsSettled() {
        capture.capture(job());
        host.destroy(WEB1);
        host.afterRestore = FaultyHost.DIE;
        assertThatThrownBy(() -> restorer.restore(restoreJob(definition(), false)))
                .isInstanceOf(FaultyHost.Death.class);

        assertThat(restorer.settle(journal, host)).singleElement().asString().contains("was restored on host 'small'");
    }

    @Test
    void aXenSaveFilesHeadIsTakenOff() throws IOException {
        byte[] head = SaveFile.xenHead("<domain>ä</domain>");
        byte[] file = new byte[head.length + 3];
        System.arraycopy(head, 0, file, 0, head.length);
        file[head.length + 2] = 7;

        SaveFile.Image found = SaveFile.begin(new ByteArrayInputStream(file));

        assertThat(found.format()).isEqualTo(ImageFormat.LIBXL);
        assertThat(found.bytes().readAllBytes()).containsExactly(0, 0, 7);
        assertThat(head[20]).as("the length counts the NUL").isEqualTo((byte) (head.length - 64));
        file[16] = 3;
        assertThatThrownBy(() -> SaveFile.begin(new ByteArrayInputStream(file))).isInstanceOf(Damaged.class);
        assertThatThrownBy(() -> SaveFile.begin(new ByteArrayInputStream(head, 0, 70)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void captureAndRestoreWorkThroughALibvirtd(@TempDir Path place) throws Exception {
        try (TestWorld world = TestWorld.start(place);
                LibvirtHypervisor far = TestDriver.connect(world.host())) {
            SaveCapture usual = new SaveCapture(HostShells::of, Optional.empty(), Clock.systemUTC(), JOB);
            Guest guest = far.lookupByName("test").orElseThrow();
            Definition definition = Definition.parse(far.definition(guest.uuid()));
            assertThat(usual.obstacles(far, guest, definition)).isEmpty();
            usual.capture(
                    new CaptureJob(far, guest, definition, this::keep, journal, Progress.NONE, Standstill.NOTHING));
            assertThat(far.guest(guest.uuid()).orElseThrow().state()).isEqualTo(GuestState.RUNNING);

            far.destroy(guest.uuid());
            SaveFileRestorer usualRestorer = new SaveFileRestorer(HostShells::of, Optional.empty(), JOB);
            RestoreJob back = new RestoreJob(
                    far,
                    definition,
                    ImageFormat.LIBVIRT_TEST,
                    () -> new ByteArrayInputStream(image.toByteArray()),
                    image.size(),
                    false,
                    false,
                    journal,
                    Progress.NONE);
            assertThat(usualRestorer.obstacles(back)).isEmpty();
            assertThat(usualRestorer.restore(back).state()).isEqualTo(GuestState.RUNNING);
        }
    }

    private CaptureJob job() {
        return job(this::keep);
    }

    private CaptureJob job(ImageReceiver receiver) {
        return new CaptureJob(host, guest("web1"), definition(), receiver, journal, Progress.NONE, Standstill.NOTHING);
    }

    private ImageReceiver.Received keep(ImageFormat format, ArrivingImage arriving) {
        try {
            assertThat(format).isEqualTo(ImageFormat.LIBVIRT_TEST);
            arriving.bytes().transferTo(image);
            return new ImageReceiver.Received(image.size(), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RestoreJob restoreJob(Definition definition, boolean paused) {
        return new RestoreJob(
                host,
                definition,
                ImageFormat.LIBVIRT_TEST,
                () -> new ByteArrayInputStream(image.toByteArray()),
                image.size(),
                paused,
                false,
                journal,
                Progress.NONE);
    }

    private Guest guest(String name) {
        return host.guests().stream()
                .filter(guest -> guest.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Definition definition() {
        return Definition.parse(host.definition(WEB1));
    }

    private GuestState state() {
        return host.guest(WEB1).orElseThrow().state();
    }

    private List<Path> files() {
        if (!Files.exists(spool)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(spool)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String permissions(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> codes(List<Reason> reasons) {
        return reasons.stream().map(Reason::code).toList();
    }
}
