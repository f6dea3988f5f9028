package org.vfrt.core.journal;

import java.util.Optional;

/**
 * One operation that has begun and is not finished. The facts are what another process needs to finish or undo it. Every
 * {@link #note} is durable when it returns.
 */
public interface JournalEntry {

    /** Fact: the operation, as a person would type it, for example {@code checkpoint create}. Always there. */
    String OPERATION = "operation";

    /** Fact: the guest's name. Always there. */
    String GUEST = "guest";

    /** Fact: the guest's UUID. Always there, also when the rest cannot be read. */
    String GUEST_UUID = "guestUuid";

    /** Fact: the name of the host it is about. Always there. */
    String HOST = "host";

    /** Fact: the id of the process that began it. Always there. */
    String PROCESS = "process";

    /** Fact: when it began, ISO-8601 in UTC. Always there. */
    String BEGUN = "begun";

    /**
     * Fact, noted by what could not bring the guest back to where it belongs: the entry then stays although its process lives on,
     * and the next command tries again.
     */
    String UNSETTLED = "unsettled";

    /** The value of {@link #UNSETTLED} while it holds. */
    String YES = "yes";

    /** Returns the operation's own name, unique. Names sort by the time they were begun at. */
    String id();

    /** Returns what was noted under a key last. */
    Optional<String> fact(String key);

    /**
     * Notes a fact, durably, before the step that it is about.
     *
     * @throws org.vfrt.core.failure.Failed when it cannot be made durable; the step must not be taken then
     */
    void note(String key, String value);

    /** Returns whether the guest is not known to be where it belongs. */
    default boolean unsettled() {
        return fact(UNSETTLED).filter(YES::equals).isPresent();
    }

    /**
     * Returns why the facts cannot be read; empty when they can. Such an entry still says that something was begun on the guest
     * whose lock it is handed out with, so the hosts must be asked what became of it.
     */
    default Optional<String> damage() {
        return Optional.empty();
    }
}
