package org.vfrt.core.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Busy;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.failure.Refused;

final class JournalTest {

    private static final UUID WEB1 = UUID.fromString("0a5e3b1c-7c1d-4f0e-9f0b-2f6f7f9b1c02");
    private static final UUID DB1 = UUID.fromString("9f8d1f0e-3a44-4a54-a7f3-6d1f9f0f1d03");
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T10:02:11.5Z"), ZoneOffset.UTC);

    @TempDir
    Path parent;

    private Path state() {
        return parent.resolve("state");
    }

    private GuestLocks locks() {
        return new GuestLocks(state(), CLOCK);
    }

    private Journal journal() {
        return new Journal(state(), CLOCK);
    }

    private GuestLock take(UUID guest) {
        return locks().take(guest, "web1", "checkpoint create", Duration.ZERO);
    }

    /** Permissions say yes to root even where nothing can be written. */
    @Test
    void aPlaceThatTakesNoFilesIsFoundOutBeforehand() {
        assertThat(new Journal(Path.of("/proc/vfrt"), Clock.systemUTC()).notWritable())
                .map(Reason::code)
                .hasValueSatisfying(code -> assertThat(code).isIn("state-unusable", "state-not-writable"));
    }

    @Test
    void whereNothingCanBeWrittenDownThatIsSaidBefore() throws IOException {
        assertThat(journal().notWritable()).isEmpty();
        Path file = Files.writeString(parent.resolve("plain"), "x");
        assertThat(new Journal(file.resolve("below"), CLOCK).notWritable())
                .hasValueSatisfying(reason -> assertThat(reason.code()).isEqualTo("state-not-writable"));
    }

    @Test
    void aLockHasOneHolderAlsoWithinOneProcess() {
        try (GuestLock held = take(WEB1)) {
            assertThat(held.guest()).isEqualTo(WEB1);
            Busy busy = catchThrowableOfType(Busy.class, () -> take(WEB1));
            assertThat(busy)
                    .hasMessage("guest 'web1' is held by 'checkpoint create' (process "
                            + ProcessHandle.current().pid() + ", since 10:02:11)");
            assertThat(busy.hint()).contains("--lock-wait");
            take(DB1).close();
        }
        take(WEB1).close();
    }

    @Test
    void closingALockTwiceDoesNotTakeItFromTheNextHolder() {
        GuestLock first = take(WEB1);
        first.close();
        try (GuestLock second = take(WEB1)) {
            first.close();
            assertThat(second.guest()).isEqualTo(WEB1);
            assertThatThrownBy(() -> take(WEB1)).isInstanceOf(Busy.class);
        }
    }

    @Test
    void threadsExcludeOneAnother() throws InterruptedException, ExecutionException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                all.add(threads.submit(() -> {
                    for (int round = 0; round < 200; round++) {
                        try (GuestLock lock = take(WEB1)) {
                            assertThat(inside.incrementAndGet()).isEqualTo(1);
                            taken.incrementAndGet();
                            assertThat(lock.guest()).isEqualTo(WEB1);
                            inside.decrementAndGet();
                        } catch (Busy e) {
                            refused.incrementAndGet();
                        }
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(taken).hasPositiveValue();
        assertThat(taken.get() + refused.get()).isEqualTo(800);
    }

    @Test
    void waitingEndsWhenTheLockIsFree() {
        GuestLock held = take(WEB1);
        List<Duration> slept = new ArrayList<>();
        GuestLocks waiting = new GuestLocks(state(), CLOCK, time -> {
            slept.add(time);
            if (slept.size() == 3) {
                held.close();
            }
        });

        waiting.take(WEB1, "web1", "checkpoint create", Duration.ofSeconds(5)).close();
        assertThat(slept).hasSize(3);
    }

    @Test
    void waitingEndsWhenTheTimeIsUp() {
        List<Duration> slept = new ArrayList<>();
        try (GuestLock held = take(WEB1)) {
            GuestLocks waiting = new GuestLocks(state(), CLOCK, slept::add);
            assertThatThrownBy(() -> waiting.take(held.guest(), "web1", "restore", Duration.ofMillis(250)))
                    .isInstanceOf(Busy.class);
        }
        assertThat(slept.stream().reduce(Duration.ZERO, Duration::plus)).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void anInterruptedWaitIsBusyAndKeepsTheInterrupt() {
        try (GuestLock held = take(WEB1)) {
            Thread.currentThread().interrupt();
            GuestLocks waiting = new GuestLocks(state(), CLOCK, time -> {
                throw new InterruptedException();
            });
            // The interrupt itself must not break the files either, so it is cleared before the attempt.
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(() -> waiting.take(held.guest(), "web1", "restore", Duration.ofSeconds(1)))
                    .isInstanceOf(Busy.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aHolderThatWroteRubbishIsStillAHolder() {
        assertThat(Holder.parse(new byte[0])).isEmpty();
        assertThat(Holder.parse(new byte[] {'{', '}'})).isEmpty();
        Holder holder = new Holder("restore", 7, Instant.parse("2026-11-20T23:00:00Z"));
        assertThat(Holder.parse(holder.json())).contains(holder);
        assertThat(holder.describe(CLOCK)).isEqualTo("'restore' (process 7, since 2026-11-20 23:00:00)");
    }

    @Test
    void aKilledProcessLeavesItsLockFreeAndItsEntryUnfinished() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HoldLock.class.getName(),
                        state().toString(),
                        WEB1.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            assertThat(out.readLine()).isEqualTo("held");
            assertThatThrownBy(() -> take(WEB1))
                    .isInstanceOf(Busy.class)
                    .hasMessageContaining("guest 'web1' is held by 'checkpoint create' (process " + process.pid());
            assertThat(journal().unfinished()).isEmpty();
            assertThat(journal().pending()).isEmpty();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();

        assertThat(journal().pending()).hasSize(1);
        List<Journal.Unfinished> unfinished = journal().unfinished();
        assertThat(unfinished).hasSize(1);
        try (GuestLock lock = unfinished.get(0).lock()) {
            JournalEntry entry = unfinished.get(0).entry();
            assertThat(lock.guest()).isEqualTo(WEB1);
            assertThat(entry.damage()).isEmpty();
            assertThat(entry.fact(JournalEntry.OPERATION)).contains("checkpoint create");
            assertThat(entry.fact(JournalEntry.GUEST)).contains("web1");
            assertThat(entry.fact(JournalEntry.HOST)).contains("xen1");
            assertThat(entry.fact(JournalEntry.PROCESS)).contains(Long.toString(process.pid()));
            assertThat(entry.fact("checkpoint")).contains("20261122T101500Z-00000001");
            assertThatThrownBy(() -> take(WEB1)).isInstanceOf(Busy.class);
            entry.note("settled", "yes");
            journal().end(entry);
        }
        assertThat(journal().unfinished()).isEmpty();
        take(WEB1).close();
    }

    @Test
    void anEntryOfALivingProcessIsNotUnfinished() {
        try (GuestLock lock = take(WEB1)) {
            JournalEntry entry = journal().begin("migrate guest", lock, "web1", "xen1");
            assertThat(journal().unfinished()).isEmpty();
            assertThat(journal().pending()).isEmpty();
            journal().end(entry);
            journal().end(entry);
            assertThatThrownBy(() -> entry.note("late", "x")).isInstanceOf(IllegalStateException.class);
        }
        assertThat(journal().unfinished()).isEmpty();
    }

    @Test
    void entriesComeOldestFirstAndShareTheLockOfTheirGuest() {
        begin("first", "2026-11-22T10:00:00Z", WEB1);
        begin("third", "2026-11-22T10:00:02Z", WEB1);
        begin("second", "2026-11-22T10:00:01Z", DB1);

        List<Journal.Unfinished> unfinished = journal().unfinished();
        assertThat(unfinished)
                .extracting(one -> one.entry().fact(JournalEntry.OPERATION).orElse(""))
                .containsExactly("first", "second", "third");
        unfinished.get(0).lock().close();
        unfinished.get(0).lock().close();
        assertThatThrownBy(() -> take(WEB1)).isInstanceOf(Busy.class);
        unfinished.get(2).lock().close();
        take(WEB1).close();
        assertThatThrownBy(() -> take(DB1)).isInstanceOf(Busy.class);
        unfinished.get(1).lock().close();
    }

    private void begin(String operation, String time, UUID guest) {
        Journal journal = new Journal(state(), Clock.fixed(Instant.parse(time), ZoneOffset.UTC));
        try (GuestLock lock = take(guest)) {
            assertThat(journal.begin(operation, lock, "g", "xen1").id()).isNotEmpty();
        }
    }

    @Test
    void aDamagedEntryIsReportedWithItsGuestAndNeverThrownAway() throws IOException {
        begin("checkpoint create", "2026-11-22T10:00:00Z", WEB1);
        Path file = onlyFile();
        byte[] whole = Files.readAllBytes(file);
        for (byte[] content : List.of(
                new byte[0],
                Arrays.copyOf(whole, whole.length / 2),
                "[]".getBytes(StandardCharsets.UTF_8),
                "{\"operation\": {}}".getBytes(StandardCharsets.UTF_8),
                "{}".getBytes(StandardCharsets.UTF_8))) {
            Files.write(file, content);
            assertThat(journal().pending()).hasSize(1);
            List<Journal.Unfinished> unfinished = journal().unfinished();
            assertThat(unfinished).hasSize(1);
            try (GuestLock lock = unfinished.get(0).lock()) {
                JournalEntry entry = unfinished.get(0).entry();
                assertThat(lock.guest()).isEqualTo(WEB1);
                assertThat(entry.damage())
                        .hasValueSatisfying(
                                why -> assertThat(why).contains(file.toString()).doesNotContain("JsonToken", "Source"));
                assertThat(entry.fact(JournalEntry.GUEST_UUID)).contains(WEB1.toString());
                assertThat(entry.fact(JournalEntry.BEGUN)).contains("2026-11-22T10:00:00Z");
                assertThat(entry.fact(JournalEntry.OPERATION)).isEmpty();
                assertThatThrownBy(() -> entry.note("x", "y")).isInstanceOf(Damaged.class);
            }
            assertThat(file).exists();
        }
        Files.move(file, file.resolveSibling("odd.json"));
        List<Journal.Unfinished> unfinished = journal().unfinished();
        assertThat(unfinished).hasSize(1);
        unfinished.get(0).lock().close();
        journal().end(unfinished.get(0).entry());
        assertThat(journal().pending()).isEmpty();
    }

    @Test
    void anEntryOfAProcessWhoseIdWasGivenAgainIsPending() throws IOException {
        begin("checkpoint create", "2026-11-22T10:00:00Z", WEB1);
        assertThat(journal().pending()).isEmpty();
        Path file = onlyFile();
        String json = Files.readString(file);
        Files.writeString(file, json.replaceAll("(?<=\"processBegun\" : \")[^\"]*", "1"));

        assertThat(journal().pending()).hasSize(1);
    }

    @Test
    void aStateDirectoryThatEveryoneCanWriteToIsRefused() throws IOException {
        begin("checkpoint create", "2026-11-22T10:00:00Z", WEB1);

        Files.setPosixFilePermissions(state(), PosixFilePermissions.fromString("rwx---rwx"));

        for (ThrowingCallable use : List.<ThrowingCallable>of(
                () -> journal().pending(), () -> journal().unfinished(), () -> take(WEB1))) {
            assertThatThrownBy(use)
                    .isInstanceOfSatisfying(
                            Refused.class, refused -> assertThat(refused.code()).isEqualTo("state-open-to-others"));
        }
    }

    @Test
    void aCrashInsideANoteLeavesTheFactsBeforeIt() throws IOException {
        begin("checkpoint create", "2026-11-22T10:00:00Z", WEB1);
        Path half = Files.writeString(onlyFile().resolveSibling(onlyFile().getFileName() + ".tmp"), "{\"oper");

        List<Journal.Unfinished> unfinished = journal().unfinished();
        assertThat(unfinished).hasSize(1);
        assertThat(unfinished.get(0).entry().damage()).isEmpty();
        assertThat(half).doesNotExist();
        unfinished.get(0).lock().close();
    }

    @Test
    void whoeverIsInterruptedCanStillNoteAndEnd() throws IOException {
        try (GuestLock lock = take(WEB1)) {
            JournalEntry entry = journal().begin("restore", lock, "web1", "xen1");
            Thread.currentThread().interrupt();
            entry.note("step", "stopped");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(Files.readString(onlyFile())).contains("stopped");
            Thread.currentThread().interrupt();
            journal().end(entry);
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(journal().unfinished()).isEmpty();
    }

    @Test
    void factsThatSayWhatAnEntryIsAboutCannotBeChanged() {
        try (GuestLock lock = take(WEB1)) {
            JournalEntry entry = journal().begin("restore", lock, "web1", "xen1");
            assertThatThrownBy(() -> entry.note(JournalEntry.HOST, "xen2"))
                    .isInstanceOf(IllegalArgumentException.class);
            entry.note("odd \" \n\\ é", "v \u0000 \"");
            entry.note("odd \" \n\\ é", "w");
            assertThat(entry.fact("odd \" \n\\ é")).contains("w");
        }
    }

    @Test
    void everythingIsPrivateAndNothingIsMadeByLooking() throws IOException {
        assertThat(journal().pending()).isEmpty();
        assertThat(journal().unfinished()).isEmpty();
        assertThat(state()).doesNotExist();

        begin("restore", "2026-11-22T10:00:00Z", WEB1);
        try (Stream<Path> all = Files.walk(state())) {
            assertThat(all)
                    .hasSizeGreaterThan(4)
                    .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void aStateDirectoryThatIsAFileFailsWithAHint() throws IOException {
        Files.writeString(state(), "x");
        Failed failed = catchThrowableOfType(Failed.class, () -> take(WEB1));

        assertThat(failed).hasMessageContaining("is not a directory");
        assertThat(failed.hint()).contains("VFRT_STATE");
    }

    private Path onlyFile() throws IOException {
        try (Stream<Path> files = Files.list(state().resolve("journal"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
