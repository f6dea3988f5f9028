package org.vfrt.core.evidence;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Place;
import org.vfrt.core.claim.Register;
import org.vfrt.core.text.Amounts;

/** Why one boot of one host is known to have ended, or to have let go of one guest. Values. */
public sealed interface Evidence {

    /** Returns the boot that it is about. */
    Place place();

    /** Returns when it was found, by the clock of whoever found it. */
    Instant at();

    /** Returns of which kind it is. */
    Kind kind();

    /** Returns it for people, a sentence without a full stop. */
    String text();

    /** The kinds of evidence. */
    enum Kind {
        FENCED("fenced"),
        SELF_FENCED("self-fenced"),
        REBOOTED("rebooted"),
        CONFIRMED("confirmed"),
        LET_GO("let go");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** Returns the word for people. */
        public String text() {
            return text;
        }
    }

    /**
     * Its fence devices say that it has no power.
     *
     * @param devices all devices of one level
     * @param alreadyOff whether they said so before they were told to switch it off
     */
    record Fenced(Place place, Instant at, List<String> devices, boolean alreadyOff) implements Evidence {

        public Fenced {
            devices = List.copyOf(devices);
        }

        @Override
        public Kind kind() {
            return Kind.FENCED;
        }

        @Override
        public String text() {
            return "'" + String.join("', '", devices) + "' " + (devices.size() == 1 ? "says" : "say") + " that host '"
                    + place.host() + "' is off" + (alreadyOff ? ", and was already" : "");
        }
    }

    /**
     * It stopped renewing its lease, so its own watchdog has reset it.
     *
     * @param watchdog after how long the watchdog resets it
     * @param silent for how long the lease was seen not to be renewed, at least
     */
    record SelfFenced(Place place, Instant at, Duration watchdog, Duration silent) implements Evidence {

        @Override
        public Kind kind() {
            return Kind.SELF_FENCED;
        }

        @Override
        public String text() {
            return "host '" + place.host() + "' has not renewed its lease for " + Amounts.duration(silent)
                    + ", and its watchdog resets it after " + Amounts.duration(watchdog);
        }
    }

    /**
     * It runs under another boot.
     *
     * @param now the other boot
     */
    record Rebooted(Place place, Instant at, String now) implements Evidence {

        @Override
        public Kind kind() {
            return Kind.REBOOTED;
        }

        @Override
        public String text() {
            return "host '" + place.host() + "' answers under another boot, '" + now + "'";
        }
    }

    /**
     * A person says so.
     *
     * @param person who
     */
    record Confirmed(Place place, Instant at, String person) implements Evidence {

        @Override
        public Kind kind() {
            return Kind.CONFIRMED;
        }

        @Override
        public String text() {
            return "'" + person + "' confirms that host '" + place.host() + "' is dead";
        }
    }

    /**
     * It runs on, but one guest is not there and cannot start there.
     *
     * @param epoch the one with which the permit was withdrawn: the first that the claim can have afterwards
     */
    record LetGo(Place place, Instant at, UUID guest, long epoch) implements Evidence {

        @Override
        public Kind kind() {
            return Kind.LET_GO;
        }

        @Override
        public String text() {
            return "host '" + place.host() + "' has let go of it";
        }
    }

    /** Returns the value for the register. */
    default String json() {
        EntryFacts.Writing facts = EntryFacts.writing()
                .put("kind", kind())
                .put("host", place().host())
                .put("boot", place().boot())
                .put("at", at());
        if (this instanceof Fenced fenced) {
            facts.words("devices", fenced.devices).put("alreadyOff", fenced.alreadyOff);
        } else if (this instanceof SelfFenced fenced) {
            facts.put("watchdog", fenced.watchdog).put("silent", fenced.silent);
        } else if (this instanceof Rebooted rebooted) {
            facts.put("now", rebooted.now);
        } else if (this instanceof Confirmed confirmed) {
            facts.put("person", confirmed.person);
        } else if (this instanceof LetGo gone) {
            facts.put("guest", gone.guest).put("epoch", gone.epoch);
        }
        return facts.text();
    }

    /** Reads an entry; empty when it was voided. */
    static Optional<Evidence> parse(Register.Entry entry) {
        EntryFacts facts = EntryFacts.of(entry);
        if (facts.optional("void").isPresent()) {
            return Optional.empty();
        }
        Place place = new Place(facts.text("host"), facts.text("boot"));
        Instant at = facts.instant("at");
        return Optional.of(
                switch (facts.word("kind", Kind.class)) {
                    case FENCED ->
                        new Fenced(
                                place,
                                at,
                                facts.words("devices"),
                                facts.text("alreadyOff").equals("true"));
                    case SELF_FENCED -> new SelfFenced(place, at, facts.duration("watchdog"), facts.duration("silent"));
                    case REBOOTED -> new Rebooted(place, at, facts.text("now"));
                    case CONFIRMED -> new Confirmed(place, at, facts.text("person"));
                    case LET_GO -> new LetGo(place, at, facts.uuid("guest"), facts.number("epoch"));
                });
    }
}
