package org.vfrt.xen.migrate;

import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.journal.JournalEntry;
import org.vfrt.core.migrate.MigrationFacts;
import org.vfrt.core.pool.Guest;

/**
 * Brings a migration that broke to an end, by what both hosts say: the guest runs on one of them, and nothing of it is left on the other. Never
 * resumes it on the source before the target has said that it does not run there and cannot any more (rule 1).
 */
final class AfterMigration {

    private final JournalEntry entry;
    private final String guest;
    private final String sourceName;
    private final Ends ends;
    private final List<String> sentences;

    /** @param sentences gets what was found and done, one sentence each */
    AfterMigration(JournalEntry entry, Ends ends, List<String> sentences) {
        this.entry = entry;
        this.guest = fact(JournalEntry.GUEST);
        this.sourceName = fact(JournalEntry.HOST);
        this.ends = ends;
        this.sentences = sentences;
    }

    /** Where the guest is now. */
    enum Where {
        SOURCE,
        TARGET,
        /** It cannot be told now, or nothing can be done about it. */
        UNKNOWN
    }

    /**
     * What came of it.
     *
     * @param obstacle why it is not brought to an end; empty when it is
     */
    record End(Where where, Optional<Reason> obstacle) {

        static End at(Where where) {
            return new End(where, Optional.empty());
        }

        static End stuck(String code, String text, String hint) {
            return new End(Where.UNKNOWN, Optional.of(new Reason(code, text, hint)));
        }
    }

    /** Asks both ends, and does what follows. Idempotent. */
    End run() {
        Optional<String> phase = entry.fact(Facts.PHASE);
        if (phase.isEmpty()) {
            // Its process may have died before it had noted anything else.
            sentences.add("the guest had not been touched");
            return End.at(Where.SOURCE);
        }
        Optional<End> other = otherTarget();
        if (other.isPresent()) {
            return other.get();
        }
        Optional<Ends.End> source = ends.answering(sourceName);
        Optional<Ends.End> target = ends.answering(targetName());
        return phase.get().equals(Facts.COPYING) ? copying(source, target) : handingOver(phase.get(), source, target);
    }

    /** The target was never asked to let it run. */
    private End copying(Optional<Ends.End> source, Optional<Ends.End> target) {
        if (target.isPresent()) {
            Optional<End> odd = clearTarget(target.get());
            if (odd.isPresent()) {
                return odd.get();
            }
        } else {
            sentences.add("host '" + targetName() + "' does not answer; what it received of the guest never ran, and"
                    + " 'vfrt migrate repair " + guest + "' takes it away when the host answers again");
        }
        if (source.isEmpty()) {
            return End.stuck(
                    "host-silent",
                    "host '" + sourceName + "' does not answer, where guest '" + guest
                            + "' runs, with a guard that sees to it that it goes on",
                    "When the host answers, run 'vfrt host check'.");
        }
        return cure(source.get());
    }

    /** Takes away what never ran. Returns what stands in the way. */
    private Optional<End> clearTarget(Ends.End target) {
        int port = Integer.parseInt(entry.fact(Facts.RECEIVE_PORT).orElse("0"));
        if (port == 0 && target.guest().isEmpty()) {
            return Optional.empty();
        }
        target.clear(port);
        Optional<Guest> there = active(target);
        if (there.isEmpty()) {
            return Optional.empty();
        }
        if (!there.get().neverRan()) {
            return Optional.of(twice(there.get()));
        }
        target.takeAway();
        sentences.add("what host '" + targetName() + "' had received of the guest was taken away");
        return Optional.empty();
    }

    private End twice(Guest there) {
        return End.stuck(
                "guest-active-twice",
                "guest '" + guest + "' is active on host '" + targetName() + "' in state '" + there.state()
                        + "', although its migration there was never finished",
                "Find out which of the two is right before anything else: 'vfrt migrate repair " + guest + "'.");
    }

    private End handingOver(String phase, Optional<Ends.End> source, Optional<Ends.End> target) {
        if (target.isEmpty()) {
            return End.stuck(
                    "target-silent",
                    "host '" + targetName() + "' does not answer, and guest '" + guest + "' may run there; on host '"
                            + sourceName + "' it is suspended, and is not resumed",
                    "Bring host '" + targetName()
                            + "' back and run 'vfrt host check'. If that host is off for certain, '"
                            + "vfrt migrate repair " + guest + " --is-off " + targetName()
                            + " --apply' lets the guest go on on host '"
                            + sourceName + "'.");
        }
        target.get().clear(0);
        Optional<Guest> there = target.get().guest();
        boolean active = there.filter(one -> one.state().active()).isPresent();
        // Once it has been let run there, what stands here is of the past, whatever became of it since.
        boolean letRun = phase.equals(Facts.CONFIRMING);
        if (active && (letRun || !there.get().neverRan())) {
            sentences.add("the guest runs on host '" + targetName() + "'");
            return removeFrom(source);
        }
        if (!active && (letRun || endedThere(there))) {
            sentences.add("the guest ran on host '" + targetName() + "' and has ended there since");
            return removeFrom(source);
        }
        if (source.isEmpty()) {
            return End.stuck(
                    "host-silent",
                    "host '" + sourceName + "' does not answer, where guest '" + guest + "' is suspended; what host '"
                            + targetName() + "' has of it does not run",
                    "When host '" + sourceName + "' answers, run 'vfrt host check'.");
        }
        if (active && active(source.get()).isEmpty()) {
            // Then what was received is all that there is of it.
            return End.stuck(
                    "source-gone",
                    "host '" + sourceName + "' has nothing of guest '" + guest + "' any more, and what host '"
                            + targetName() + "' received of it was not let run",
                    "'vfrt migrate repair " + guest + "' says whether it can be, and does it with '--apply'.");
        }
        // Gone there before it goes on here: a Finish that is still on its way finds nothing to let run.
        if (active) {
            target.get().takeAway();
            Optional<Guest> left = active(target.get());
            if (left.isPresent()) {
                return End.stuck(
                        "still-received",
                        "host '" + targetName() + "' still has guest '" + guest + "', in state '"
                                + left.get().state() + "', after it was taken away there",
                        "See with 'vfrt migrate repair " + guest + "' what it is.");
            }
            sentences.add(
                    "what host '" + targetName() + "' had received of the guest, which never ran, was taken away");
        }
        return cure(source.get());
    }

    private boolean endedThere(Optional<Guest> there) {
        return there.filter(Guest::persistent).isPresent()
                && entry.fact(Facts.PERSISTENT).filter("yes"::equals).isPresent()
                && entry.fact(Facts.TARGET_HAD).filter("no"::equals).isPresent();
    }

    private End removeFrom(Optional<Ends.End> source) {
        if (source.isEmpty()) {
            return new End(
                    Where.TARGET,
                    Optional.of(new Reason(
                            "host-silent",
                            "host '" + sourceName + "' does not answer, where a suspended domain of guest '" + guest
                                    + "' is left",
                            "When the host answers, run 'vfrt host check'. Do not resume that domain.")));
        }
        sentences.addAll(source.get().remove(old()));
        source.get()
                .undefine()
                .ifPresent(complaint ->
                        sentences.add("its definition is still on host '" + sourceName + "' too: " + complaint));
        return End.at(Where.TARGET);
    }

    private End cure(Ends.End source) {
        sentences.addAll(source.cure(old()));
        sentences.add("the guest is on host '" + sourceName + "', as before");
        return End.at(Where.SOURCE);
    }

    private Optional<End> otherTarget() {
        Optional<String> noted = entry.fact(MigrationFacts.TARGET_URI);
        Optional<String> here = ends.uri(targetName());
        if (noted.isEmpty() || here.isEmpty() || here.equals(noted)) {
            return Optional.empty();
        }
        return Optional.of(End.stuck(
                "other-host",
                "the migration of guest '" + guest + "' went to the host at '" + noted.get() + "', and '" + targetName()
                        + "' is now the one at '" + here.get() + "'",
                "Run 'vfrt host check' with the configuration that it was begun with."));
    }

    private static Optional<Guest> active(Ends.End end) {
        return end.guest().filter(one -> one.state().active());
    }

    private Ends.Old old() {
        // Nothing was sent yet where no port is noted: then no connection is found at this one either.
        return new Ends.Old(
                Integer.parseInt(fact(Facts.DOMAIN_ID)),
                fact(Facts.HOST_DIRECTORY),
                Integer.parseInt(entry.fact(Facts.SEND_PORT).orElse("1")));
    }

    private String targetName() {
        return fact(MigrationFacts.TARGET);
    }

    private String fact(String key) {
        return entry.fact(key).orElseThrow(() -> new IllegalStateException("the journal entry has no '" + key + "'"));
    }
}
