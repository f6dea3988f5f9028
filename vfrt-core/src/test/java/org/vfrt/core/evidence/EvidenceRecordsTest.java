package org.vfrt.core.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.MemoryRegister;
import org.vfrt.core.claim.Place;

final class EvidenceRecordsTest {

    private static final UUID WEB = new UUID(1, 1);
    private static final Place XEN1 = new Place("xen1", "b1");
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final MemoryRegister register = new MemoryRegister();
    private final EvidenceRecords records = new EvidenceRecords(register, EnumSet.allOf(Evidence.Kind.class));

    @Test
    void everyKindIsReadAsItWasWritten() {
        List<Evidence> all = List.of(
                new Evidence.Fenced(new Place("a", "1"), NOON, List.of("pdu-a", "pdu-b"), true),
                new Evidence.SelfFenced(new Place("a", "2"), NOON, Duration.ofSeconds(10), Duration.ofSeconds(22)),
                new Evidence.Rebooted(new Place("a", "3"), NOON, "4"),
                new Evidence.Confirmed(new Place("a", "5"), NOON, "Alice Ö."));
        for (Evidence evidence : all) {
            records.write(evidence);
            assertThat(records.ofEnd(evidence.place())).contains(evidence);
        }
        Evidence gone = new Evidence.LetGo(XEN1, NOON, WEB, 3);
        records.write(gone);
        assertThat(records.ofLeaving(XEN1, WEB, 3)).contains(gone);
    }

    @Test
    void evidenceIsAboutOneBoot() {
        records.write(new Evidence.Confirmed(XEN1, NOON, "alice"));

        assertThat(records.ofEnd(new Place("xen1", "b2"))).isEmpty();
        assertThat(records.ofEnd(new Place("xen2", "b1"))).isEmpty();
    }

    @Test
    void lettingGoIsAboutOneGuestAndOneEpoch() {
        records.write(new Evidence.LetGo(XEN1, NOON, WEB, 3));

        assertThat(records.ofEnd(XEN1)).isEmpty();
        assertThat(records.ofLeaving(XEN1, WEB, 4)).isEmpty();
        assertThat(records.ofLeaving(XEN1, new UUID(2, 2), 3)).isEmpty();
    }

    @Test
    void whatPolicyDoesNotLetCountDoesNot() {
        EvidenceRecords strict = new EvidenceRecords(register, Set.of(Evidence.Kind.CONFIRMED));
        records.write(new Evidence.Fenced(XEN1, NOON, List.of("ipmi"), false));

        assertThat(strict.ofEnd(XEN1)).isEmpty();
        strict.write(new Evidence.Confirmed(XEN1, NOON, "alice"));
        assertThat(strict.ofEnd(XEN1)).get().isInstanceOf(Evidence.Confirmed.class);
    }

    @Test
    void whatWasVoidedCountsNoMoreUntilThereIsNew() {
        records.write(new Evidence.Fenced(XEN1, NOON, List.of("ipmi"), false));

        assertThat(records.voidOf(records.before(List.of(XEN1)), XEN1, NOON))
                .get()
                .isInstanceOf(Evidence.Fenced.class);
        assertThat(records.ofEnd(XEN1)).isEmpty();
        assertThat(records.voidOf(records.before(List.of(XEN1)), XEN1, NOON)).isEmpty();
        records.write(new Evidence.Confirmed(XEN1, NOON, "alice"));
        assertThat(records.ofEnd(XEN1)).get().isInstanceOf(Evidence.Confirmed.class);
    }

    /** A host that was seen alive may have died since. */
    @Test
    void aSightingVoidsWhatWasThereBeforeItAndNothingElse() {
        EvidenceRecords.Before nothing = records.before(List.of(XEN1));
        records.write(new Evidence.Fenced(XEN1, NOON, List.of("ipmi"), false));
        EvidenceRecords.Before lie = records.before(List.of(XEN1));

        assertThat(records.voidOf(nothing, XEN1, NOON)).isEmpty();
        assertThat(records.ofEnd(XEN1)).get().isInstanceOf(Evidence.Fenced.class);
        records.voidOf(lie, XEN1, NOON);
        records.write(new Evidence.Confirmed(XEN1, NOON, "alice"));
        records.voidOf(lie, XEN1, NOON);
        assertThat(records.ofEnd(XEN1)).get().isInstanceOf(Evidence.Confirmed.class);
    }

    @Test
    void olderEvidenceStands() {
        Evidence first = new Evidence.Confirmed(XEN1, NOON, "alice");
        records.write(first);
        records.write(new Evidence.Rebooted(XEN1, NOON.plusSeconds(9), "b2"));

        assertThat(records.ofEnd(XEN1)).contains(first);
    }

    /** Whoever saw the host alive before that voids the older one only. */
    @Test
    void aNewWordIsNotLostWithAnOlderOneThatIsVoided() {
        records.write(new Evidence.Fenced(XEN1, NOON, List.of("ipmi"), false));
        EvidenceRecords.Before lie = records.before(List.of(XEN1));
        records.write(new Evidence.Confirmed(XEN1, NOON.plusSeconds(9), "bob"));
        records.voidOf(lie, XEN1, NOON.plusSeconds(5));

        assertThat(records.ofEnd(XEN1)).get().isInstanceOf(Evidence.Confirmed.class);
    }

    @Test
    void whatNoClaimNeedsIsRemoved() {
        records.write(new Evidence.Confirmed(XEN1, NOON, "alice"));
        records.write(new Evidence.LetGo(XEN1, NOON, WEB, 3));
        records.write(new Evidence.Confirmed(new Place("xen9", "b9"), NOON, "alice"));
        Claim claim = Claim.of(WEB, "web1", 2, Claim.Phase.HELD, XEN1);

        records.prune(() -> List.of(claim));
        assertThat(register.list("evidence/")).hasSize(2);
        records.prune(() -> List.of(claim.with(Claim.Phase.HELD, XEN1, 3)));
        assertThat(register.list("evidence/")).hasSize(1);
        records.prune(() -> List.of());
        assertThat(register.list("evidence/")).isEmpty();
    }
}
