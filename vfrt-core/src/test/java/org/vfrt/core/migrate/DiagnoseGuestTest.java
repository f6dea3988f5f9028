package org.vfrt.core.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vfrt.core.migrate.SomeTraces.busy;
import static org.vfrt.core.migrate.SomeTraces.defined;
import static org.vfrt.core.migrate.SomeTraces.domain;
import static org.vfrt.core.migrate.SomeTraces.ended;
import static org.vfrt.core.migrate.SomeTraces.known;
import static org.vfrt.core.migrate.SomeTraces.pausedAfterRunning;
import static org.vfrt.core.migrate.SomeTraces.received;
import static org.vfrt.core.migrate.SomeTraces.runs;
import static org.vfrt.core.migrate.SomeTraces.suspended;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vfrt.core.pool.GuestState;

final class DiagnoseGuestTest {

    private static Diagnosis diagnose(GuestTrace... traces) {
        return new DiagnoseGuest().run(List.of(traces), Set.of());
    }

    private static Diagnosis whileXen3IsSilent(GuestTrace... traces) {
        return new DiagnoseGuest().run(List.of(traces), Set.of("xen3"));
    }

    private static void needsAHuman(Diagnosis diagnosis, String... words) {
        assertThat(diagnosis.repair()).isEmpty();
        assertThat(diagnosis.hint()).isNotBlank();
        assertThat(String.join("; ", diagnosis.findings())).contains(words);
    }

    private static void isRepairedBy(Repair.Kind kind, String host, Diagnosis diagnosis) {
        assertThat(diagnosis.repair()).contains(new Repair(kind, host));
        assertThat(diagnosis.findings()).isNotEmpty();
        assertThat(diagnosis.hint()).isEmpty();
    }

    @Test
    void nothingIsTheMatterWithAGuestThatRunsOnOneHost() {
        assertThat(diagnose(runs("xen1")).healthy()).isTrue();
        assertThat(whileXen3IsSilent(runs("xen1")).healthy()).isTrue();
    }

    @Test
    void nothingIsTheMatterWithAGuestThatIsOffOrPausedByAnOperator() {
        assertThat(diagnose(defined("xen1")).healthy()).isTrue();
        assertThat(diagnose(pausedAfterRunning("xen1")).healthy()).isTrue();
    }

    @Test
    void whichOfTwoThatRunIsRightIsForAHumanToSay() {
        needsAHuman(
                diagnose(runs("xen1"), runs("xen2"), received("xen3")),
                "it runs on host 'xen1' and host 'xen2' at once");
    }

    @Test
    void itsOldDomainIsTakenAwayWhereItStandsSuspended() {
        isRepairedBy(Repair.Kind.REMOVE_OLD, "xen1", diagnose(suspended("xen1"), runs("xen2")));
    }

    @Test
    void itsOldDomainStaysWhileItStandsSuspendedAndAHostIsSilent() {
        needsAHuman(
                whileXen3IsSilent(suspended("xen1"), runs("xen2")),
                "its old domain is left suspended on host 'xen1'",
                "hosts that do not answer: xen3; what they have of it is not known");
        isRepairedBy(Repair.Kind.REMOVE_OLD, "xen1", whileXen3IsSilent(ended("xen1"), runs("xen2")));
    }

    @Test
    void itsOldDomainIsTakenAwayWhereItHasEnded() {
        Diagnosis diagnosis = diagnose(ended("xen1"), runs("xen2"));
        isRepairedBy(Repair.Kind.REMOVE_OLD, "xen1", diagnosis);
        assertThat(diagnosis.findings()).noneMatch(finding -> finding.contains("suspended"));
    }

    @Test
    void whatArrivedAndNeverRanIsTakenAwayFromBesideAGuestThatRuns() {
        isRepairedBy(Repair.Kind.REMOVE_RECEIVED, "xen2", diagnose(runs("xen1"), received("xen2")));
    }

    @Test
    void whatIsBeingReceivedIsLeftAlone() {
        needsAHuman(diagnose(runs("xen1"), busy(received("xen2"), false, false, true)), "'xen2' is receiving");
        needsAHuman(
                diagnose(suspended("xen1"), busy(received("xen2"), false, false, true)),
                "it stands suspended on host 'xen1'",
                "'xen2' has received it");
    }

    @Test
    void whatIsAboutToBeReceivedIsLeftAloneToo() {
        needsAHuman(diagnose(busy(runs("xen1"), true, true, false), received("xen2")), "about to receive");
    }

    @Test
    void aSecondOneThatHasRunAndIsPausedIsForAHumanToJudgeWhateverElseThereIs() {
        needsAHuman(diagnose(runs("xen1"), pausedAfterRunning("xen2")), "is paused on host 'xen2' after it had run");
        needsAHuman(diagnose(received("xen3"), runs("xen1"), pausedAfterRunning("xen2")), "is paused on host 'xen2'");
    }

    @Test
    void libvirtIsToldThatAGuestRunsWhichItTakesForPaused() {
        isRepairedBy(Repair.Kind.SET_STATE, "xen1", diagnose(known(runs("xen1"), GuestState.PAUSED, true)));
    }

    @Test
    void aJobThatNothingIsDoneForIsEndedBeforeLibvirtIsToldAnything() {
        isRepairedBy(Repair.Kind.WAKE, "xen1", diagnose(busy(runs("xen1"), true, false, false)));
        isRepairedBy(
                Repair.Kind.WAKE,
                "xen1",
                diagnose(busy(known(runs("xen1"), GuestState.PAUSED, true), true, false, false)));
    }

    @Test
    void aJobIsNotEndedWhileItMayHandTheGuestToAHostThatIsSilent() {
        needsAHuman(whileXen3IsSilent(busy(runs("xen1"), true, false, false)), "job open", "do not answer: xen3");
    }

    @Test
    void aGuestThatIsBeingSentIsLeftAlone() {
        GuestTrace sent = busy(known(runs("xen1"), GuestState.PAUSED, true), true, true, false);
        assertThat(diagnose(sent, defined("xen2")).healthy()).isTrue();
        needsAHuman(diagnose(busy(suspended("xen1"), true, true, false)), "it stands suspended on host 'xen1'");
    }

    @Test
    void aGuestThatLibvirtDoesNotKnowIsNotTouched() {
        needsAHuman(diagnose(known(runs("xen1"), Optional.empty())), "libvirt there does not know");
        needsAHuman(diagnose(known(runs("xen1"), GuestState.SHUT_OFF, true)), "libvirt there does not know");
    }

    @Test
    void aSecondDefinitionIsRemovedWhereTheGuestDoesNotRun() {
        isRepairedBy(Repair.Kind.UNDEFINE, "xen2", diagnose(runs("xen1"), defined("xen2")));
    }

    @Test
    void theOnlyDefinitionIsNeverRemoved() {
        needsAHuman(
                diagnose(known(runs("xen1"), GuestState.RUNNING, false), defined("xen2")),
                "is not defined there, but on host 'xen2'");
    }

    @Test
    void aSuspendedGuestThatIsNowhereElseIsWokenUp() {
        isRepairedBy(Repair.Kind.WAKE, "xen1", diagnose(suspended("xen1"), defined("xen2")));
    }

    /** As with {@code xl save}, which no job of libvirt's stands for. */
    @Test
    void aSuspendedGuestIsLeftSoWhileItsHostSendsWhoeverMakesItSend() {
        needsAHuman(diagnose(busy(suspended("xen1"), false, true, false)), "it stands suspended on host 'xen1'");
    }

    @Test
    void whatArrivedGoesBeforeTheGuestGoesOnWhereItStands() {
        isRepairedBy(Repair.Kind.REMOVE_RECEIVED, "xen2", diagnose(suspended("xen1"), received("xen2")));
    }

    @Test
    void nothingGoesOnWhileItMayRunOnAHostThatIsSilent() {
        needsAHuman(whileXen3IsSilent(suspended("xen1")), "suspended on host 'xen1'", "do not answer: xen3");
        needsAHuman(whileXen3IsSilent(suspended("xen1"), received("xen2")), "do not answer: xen3");
        needsAHuman(whileXen3IsSilent(received("xen2")), "do not answer: xen3");
        assertThat(whileXen3IsSilent(suspended("xen1")).hint()).contains("--is-off xen3");
    }

    @Test
    void aGuestThatIsSuspendedTwiceIsForAHumanToJudge() {
        needsAHuman(diagnose(suspended("xen1"), suspended("xen2")), "on host 'xen1'", "on host 'xen2'");
    }

    @Test
    void nothingGoesOnBesideOneThatHasRunElsewhere() {
        for (GuestTrace other : List.of(pausedAfterRunning("xen2"), ended("xen2"))) {
            needsAHuman(diagnose(suspended("xen1"), other), "it has run on host 'xen2'");
            needsAHuman(diagnose(received("xen1"), other), "it has run on host 'xen2'");
        }
        needsAHuman(diagnose(pausedAfterRunning("xen1"), pausedAfterRunning("xen2")), "'xen1'", "'xen2'");
    }

    @Test
    void nothingGoesOnWhereAnotherLibvirtTakesItForActive() {
        GuestTrace believed = known(defined("xen2"), GuestState.RUNNING, true);
        needsAHuman(diagnose(suspended("xen1"), believed), "libvirt on host 'xen2' takes it for active");
        needsAHuman(diagnose(received("xen1"), believed), "libvirt on host 'xen2' takes it for active");
    }

    @Test
    void whatArrivedInFullRunsWhenNothingElseIsLeft() {
        isRepairedBy(Repair.Kind.LET_RUN, "xen2", diagnose(defined("xen1"), received("xen2")));
    }

    @Test
    void aGuestThatWasStartedPausedIsLeftSo() {
        assertThat(diagnose(received("xen2")).healthy()).isTrue();
        isRepairedBy(Repair.Kind.LET_RUN, "xen2", diagnose(busy(received("xen2"), true, false, false)));
    }

    @Test
    void whatLibvirtDoesNotTakeForPausedIsNotLetRun() {
        needsAHuman(diagnose(known(received("xen2"), GuestState.RUNNING, true)), "has received it");
        needsAHuman(diagnose(known(received("xen2"), Optional.empty())), "has received it");
        needsAHuman(diagnose(known(received("xen2"), GuestState.SHUT_OFF, true)), "has received it");
        needsAHuman(diagnose(received("xen1"), received("xen2")), "'xen1'", "'xen2'");
    }

    @Test
    void aGuestThatIsOffAndDefinedTwiceIsForAHumanToStart() {
        Diagnosis off = diagnose(defined("xen1"), defined("xen2"));
        needsAHuman(off, "it runs nowhere, and is defined on host 'xen1' and host 'xen2'");
        assertThat(off.hint()).startsWith("Start it on one of them");
    }

    @Test
    void nobodyIsToldToStartAGuestThatMayRunOnAHostThatIsSilent() {
        Diagnosis off = whileXen3IsSilent(defined("xen1"), defined("xen2"));
        needsAHuman(off, "do not answer: xen3");
        assertThat(off.hint()).doesNotContain("Start it");
    }

    @Test
    void nobodyIsToldToStartAGuestThatIsPaused() {
        Diagnosis paused = diagnose(known(pausedAfterRunning("xen1"), GuestState.PAUSED, true), defined("xen2"));
        needsAHuman(paused, "is defined on host 'xen1' and host 'xen2'");
        assertThat(paused.hint()).startsWith("Host 'xen1' has its domain");
    }

    @Test
    void aDomainThatIsGoneIsNothing() {
        assertThat(diagnose(runs("xen1"), known(domain(received("xen2"), Optional.empty()), Optional.empty()))
                        .healthy())
                .isTrue();
    }
}
