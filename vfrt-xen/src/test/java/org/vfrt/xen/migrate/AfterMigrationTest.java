package org.vfrt.xen.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.migrate.MigrationFacts;
import org.vfrt.core.pool.Guest;
import org.vfrt.core.pool.GuestState;

/** A migration of web1 from xen1 to xen2 that broke, in every phase, and whatever the two hosts have to say. */
final class AfterMigrationTest {

    private static final String SILENT = "silent";
    private static final String ABSENT = "absent";
    private static final String NEVER_RAN = "never ran";

    private final Map<String, String> facts = new HashMap<>(Map.of(
            JournalEntry.GUEST, "web1",
            JournalEntry.HOST, "xen1",
            MigrationFacts.TARGET, "xen2",
            MigrationFacts.TARGET_URI, "xen+ssh://xen2/system",
            Facts.DOMAIN_ID, "7",
            Facts.HOST_DIRECTORY, "/run/vfrt.1",
            Facts.PERSISTENT, "yes",
            Facts.TARGET_HAD, "no",
            Facts.RECEIVE_PORT, "49312"));

    private final Map<String, PlayedEnd> ends = new HashMap<>();
    private final List<String> acts = new ArrayList<>();
    private final List<String> sentences = new ArrayList<>();
    private String targetUri = "xen+ssh://xen2/system";

    private final class Noted implements JournalEntry {
        @Override
        public String id() {
            return "1";
        }

        @Override
        public Optional<String> fact(String key) {
            return Optional.ofNullable(facts.get(key));
        }

        @Override
        public void note(String key, String value) {
            throw new IllegalStateException("a look back notes nothing");
        }
    }

    /** A host that has the guest, and does what it is told unless it cannot. */
    private final class PlayedEnd implements Ends.End {
        private final String name;
        private Optional<Guest> guest;
        private boolean stubborn;
        private boolean failing;

        PlayedEnd(String name, Optional<Guest> guest) {
            this.name = name;
            this.guest = guest;
        }

        private void act(String what) {
            if (failing) {
                throw new Failed("broken", what + " did not work", "");
            }
            acts.add(what + " on " + name);
        }

        @Override
        public Optional<Guest> guest() {
            return guest;
        }

        @Override
        public void clear(int receivePort) {
            act("clear " + receivePort);
        }

        @Override
        public void takeAway() {
            act("take away");
            if (!stubborn) {
                guest = Optional.empty();
            }
        }

        @Override
        public List<String> cure(Ends.Old old) {
            act("cure " + old.domainId() + " " + old.sendPort());
            return List.of("the guest was left suspended, and was resumed");
        }

        @Override
        public List<String> remove(Ends.Old old) {
            act("remove " + old.domainId() + " " + old.sendPort());
            return List.of("its old domain was taken away");
        }

        @Override
        public Optional<String> undefine() {
            act("undefine");
            return stubborn ? Optional.of("the disk is full") : Optional.empty();
        }
    }

    private AfterMigration.End settle() {
        Ends hosts = new Ends() {
            @Override
            public Optional<Ends.End> answering(String host) {
                return Optional.ofNullable(ends.get(host));
            }

            @Override
            public Optional<String> uri(String host) {
                return host.equals("xen2") && ends.containsKey(host) ? Optional.of(targetUri) : Optional.empty();
            }
        };
        return new AfterMigration(new Noted(), hosts, sentences).run();
    }

    private void in(String phase) {
        facts.put(Facts.PHASE, phase);
    }

    private void sourceIs(String how) {
        switch (how) {
            case SILENT -> ends.remove("xen1");
            case "suspended" -> put("xen1", guest(GuestState.RUNNING, 7, true));
            case "gone" -> put("xen1", guest(GuestState.SHUT_OFF, 0, true));
            default -> throw new IllegalArgumentException(how);
        }
    }

    private void targetIs(String how) {
        switch (how) {
            case SILENT -> ends.remove("xen2");
            case ABSENT -> ends.put("xen2", new PlayedEnd("xen2", Optional.empty()));
            case NEVER_RAN -> put("xen2", guest(GuestState.PAUSED, 0, false));
            case "runs" -> put("xen2", guest(GuestState.RUNNING, 3, true));
            case "paused after it ran" -> put("xen2", guest(GuestState.PAUSED, 3, true));
            case "suspended after it ran" -> put("xen2", guest(GuestState.PM_SUSPENDED, 3, true));
            case "said to run without CPU time" -> put("xen2", guest(GuestState.RUNNING, 0, true));
            case "inactive, defined" -> put("xen2", guest(GuestState.SHUT_OFF, 0, true));
            case "inactive, not defined" -> put("xen2", guest(GuestState.SHUT_OFF, 0, false));
            default -> throw new IllegalArgumentException(how);
        }
    }

    private void put(String host, Guest guest) {
        ends.put(host, new PlayedEnd(host, Optional.of(guest)));
    }

    private static Guest guest(GuestState state, int cpuSeconds, boolean persistent) {
        return new Guest(
                "web1",
                new UUID(1, 2),
                state.active() ? 9 : -1,
                state,
                Duration.ofSeconds(cpuSeconds),
                1 << 20,
                1,
                persistent);
    }

    @ParameterizedTest(name = "{0}, source {1}, target {2}: {3}, {4}")
    @CsvSource(nullValues = "-", textBlock = """
            copying,    suspended, silent,                       SOURCE,  -,                  cure 7 1 on xen1
            copying,    suspended, absent,                       SOURCE,  -,                  clear 49312 on xen2; cure 7 1 on xen1
            copying,    suspended, never ran,                    SOURCE,  -,                  clear 49312 on xen2; take away on xen2; cure 7 1 on xen1
            copying,    suspended, runs,                         UNKNOWN, guest-active-twice, clear 49312 on xen2
            copying,    suspended, paused after it ran,          UNKNOWN, guest-active-twice, clear 49312 on xen2
            copying,    suspended, 'inactive, defined',          SOURCE,  -,                  clear 49312 on xen2; cure 7 1 on xen1
            copying,    gone,      absent,                       SOURCE,  -,                  clear 49312 on xen2; cure 7 1 on xen1
            copying,    silent,    silent,                       UNKNOWN, host-silent,        -
            copying,    silent,    absent,                       UNKNOWN, host-silent,        clear 49312 on xen2
            copying,    silent,    never ran,                    UNKNOWN, host-silent,        clear 49312 on xen2; take away on xen2
            copying,    silent,    runs,                         UNKNOWN, guest-active-twice, clear 49312 on xen2
            finishing,  suspended, silent,                       UNKNOWN, target-silent,      -
            finishing,  suspended, absent,                       SOURCE,  -,                  clear 0 on xen2; cure 7 1 on xen1
            finishing,  suspended, never ran,                    SOURCE,  -,                  clear 0 on xen2; take away on xen2; cure 7 1 on xen1
            finishing,  suspended, runs,                         TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            finishing,  suspended, paused after it ran,          TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            finishing,  suspended, suspended after it ran,       TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            finishing,  suspended, said to run without CPU time, TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            finishing,  suspended, 'inactive, defined',          TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            finishing,  suspended, 'inactive, not defined',      SOURCE,  -,                  clear 0 on xen2; cure 7 1 on xen1
            finishing,  gone,      runs,                         TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            finishing,  gone,      never ran,                    UNKNOWN, source-gone,        clear 0 on xen2
            finishing,  silent,    silent,                       UNKNOWN, target-silent,      -
            finishing,  silent,    absent,                       UNKNOWN, host-silent,        clear 0 on xen2
            finishing,  silent,    never ran,                    UNKNOWN, host-silent,        clear 0 on xen2
            finishing,  silent,    runs,                         TARGET,  host-silent,        clear 0 on xen2
            finishing,  silent,    'inactive, defined',          TARGET,  host-silent,        clear 0 on xen2
            confirming, suspended, silent,                       UNKNOWN, target-silent,      -
            confirming, suspended, absent,                       TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            confirming, suspended, never ran,                    TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            confirming, suspended, runs,                         TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            confirming, suspended, 'inactive, defined',          TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            confirming, gone,      runs,                         TARGET,  -,                  clear 0 on xen2; remove 7 1 on xen1; undefine on xen1
            confirming, silent,    silent,                       UNKNOWN, target-silent,      -
            confirming, silent,    absent,                       TARGET,  host-silent,        clear 0 on xen2
            confirming, silent,    runs,                         TARGET,  host-silent,        clear 0 on xen2
            """)
    void whatFollowsFromThePhaseAndFromWhatBothHostsSay(
            String phase,
            String source,
            String target,
            AfterMigration.Where where,
            @Nullable String obstacle,
            @Nullable String done) {
        in(phase);
        sourceIs(source);
        targetIs(target);
        AfterMigration.End end = settle();
        assertThat(end.where()).isEqualTo(where);
        assertThat(end.obstacle().map(Reason::code)).isEqualTo(Optional.ofNullable(obstacle));
        assertThat(String.join("; ", acts)).isEqualTo(done == null ? "" : done);
    }

    static Stream<List<String>> everythingThatCanBe() {
        return Stream.of(Facts.COPYING, Facts.FINISHING, Facts.CONFIRMING)
                .flatMap(phase -> Stream.of(SILENT, "suspended", "gone")
                        .flatMap(source -> Stream.of(
                                        SILENT,
                                        ABSENT,
                                        NEVER_RAN,
                                        "runs",
                                        "paused after it ran",
                                        "suspended after it ran",
                                        "said to run without CPU time",
                                        "inactive, defined",
                                        "inactive, not defined")
                                .flatMap(target -> Stream.of("no", "yes")
                                        .flatMap(persistent -> Stream.of("no", "yes")
                                                .flatMap(had -> Stream.of("willing", "stubborn", "failing")
                                                        .map(mood -> List.of(
                                                                phase, source, target, persistent, had, mood)))))));
    }

    @ParameterizedTest
    @MethodSource("everythingThatCanBe")
    void theSourceNeverGoesOnBeforeTheTargetHasSaidThatNothingRunsThereOrCan(List<String> world) {
        in(world.get(0));
        sourceIs(world.get(1));
        targetIs(world.get(2));
        facts.put(Facts.PERSISTENT, world.get(3));
        facts.put(Facts.TARGET_HAD, world.get(4));
        Optional<PlayedEnd> target = Optional.ofNullable(ends.get("xen2"));
        target.ifPresent(one -> {
            one.stubborn = world.get(5).equals("stubborn");
            one.failing = world.get(5).equals("failing");
        });
        boolean ran = target.flatMap(PlayedEnd::guest)
                .filter(one -> one.state().active() && !one.neverRan())
                .isPresent();
        try {
            settle();
        } catch (Failed e) {
            assertThat(world).contains("failing");
        }
        boolean cured = acts.stream().anyMatch(act -> act.startsWith("cure"));
        boolean removed = acts.stream().anyMatch(act -> act.startsWith("remove"));
        assertThat(cured && removed).isFalse();
        if (cured) {
            assertThat(ran).isFalse();
            assertThat(world.get(0)).isNotEqualTo(Facts.CONFIRMING);
            if (world.get(0).equals(Facts.FINISHING)) {
                assertThat(target).isPresent();
                assertThat(target.flatMap(PlayedEnd::guest)
                                .filter(one -> one.state().active()))
                        .isEmpty();
                assertThat(acts.get(acts.size() - 1)).startsWith("cure");
            }
        }
        if (removed) {
            assertThat(world.get(0)).isNotEqualTo(Facts.COPYING);
        }
        if (acts.contains("take away on xen2") && !world.get(0).equals(Facts.COPYING)) {
            assertThat(world.get(1))
                    .as("of the last there is nothing is taken away")
                    .isEqualTo("suspended");
        }
        if (ran) {
            assertThat(acts).doesNotContain("take away on xen2");
        }
    }

    @Test
    void whatDiedBeforeItNotedAnythingHasTouchedNothing() {
        facts.keySet().retainAll(List.of(JournalEntry.GUEST, JournalEntry.HOST));
        AfterMigration.End end = settle();
        assertThat(end).isEqualTo(AfterMigration.End.at(AfterMigration.Where.SOURCE));
        assertThat(sentences).containsExactly("the guest had not been touched");
    }

    @Test
    void whereNothingWasReceivedYetTheTargetIsNotKeptWaiting() {
        in(Facts.COPYING);
        facts.remove(Facts.RECEIVE_PORT);
        sourceIs("suspended");
        targetIs(ABSENT);
        settle();
        assertThat(acts).containsExactly("cure 7 1 on xen1");
    }

    @Test
    void thePortThatMemoryWasSentToIsPassedOn() {
        in(Facts.COPYING);
        facts.put(Facts.SEND_PORT, "40001");
        sourceIs("suspended");
        targetIs(SILENT);
        settle();
        assertThat(acts).containsExactly("cure 7 40001 on xen1");
    }

    @Test
    void anotherHostThatBearsTheTargetsNameIsNotBelieved() {
        in(Facts.FINISHING);
        sourceIs("suspended");
        targetIs(ABSENT);
        targetUri = "xen+ssh://elsewhere/system";
        assertThat(settle().obstacle().map(Reason::code)).contains("other-host");
        assertThat(acts).isEmpty();
    }

    @Test
    void aGuestThatWasDefinedOnTheTargetBeforeIsNotSaidToHaveEndedThere() {
        in(Facts.FINISHING);
        sourceIs("suspended");
        targetIs("inactive, defined");
        facts.put(Facts.TARGET_HAD, "yes");
        assertThat(settle().where()).isEqualTo(AfterMigration.Where.SOURCE);
        assertThat(acts).containsExactly("clear 0 on xen2", "cure 7 1 on xen1");
    }

    @Test
    void whatStaysOnTheTargetKeepsTheSourceSuspended() {
        in(Facts.FINISHING);
        sourceIs("suspended");
        targetIs(NEVER_RAN);
        Objects.requireNonNull(ends.get("xen2")).stubborn = true;
        assertThat(settle().obstacle().map(Reason::code)).contains("still-received");
        assertThat(acts).containsExactly("clear 0 on xen2", "take away on xen2");
    }

    @Test
    void aTargetThatIsNotAtRestKeepsTheSourceSuspended() {
        in(Facts.FINISHING);
        sourceIs("suspended");
        targetIs(NEVER_RAN);
        Objects.requireNonNull(ends.get("xen2")).failing = true;
        assertThatThrownBy(this::settle).isInstanceOf(Failed.class);
        assertThat(acts).isEmpty();
    }

    @Test
    void aDefinitionThatStaysBehindIsSaid() {
        in(Facts.CONFIRMING);
        sourceIs("suspended");
        targetIs("runs");
        Objects.requireNonNull(ends.get("xen1")).stubborn = true;
        assertThat(settle().obstacle()).isEmpty();
        assertThat(sentences).contains("its definition is still on host 'xen1' too: the disk is full");
    }
}
