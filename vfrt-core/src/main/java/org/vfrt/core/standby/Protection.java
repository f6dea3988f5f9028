package org.vfrt.core.standby;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;
import org.vfrt.core.sign.Sign;

/**
 * The standing order to keep a guest ready on another host. Immutable.
 *
 * @param name the guest's, for people
 * @param home where it was when it was protected, and where {@code failback} brings it
 * @param standby the host that keeps it ready; empty when none was found yet
 * @param placed whether vfrt chooses that host, and another one when the pool changes
 * @param interval between two captures, or between two epochs of a stream
 * @param priority the higher, the sooner it is brought back
 * @param after guests that have to be healthy first, where they come back as well
 * @param recover in which forms it may come back, the best first
 * @param health what shows that it does what it is for
 * @param returns whether it goes home by itself
 */
public record Protection(
        UUID guest,
        String name,
        Tier tier,
        String home,
        Optional<String> standby,
        boolean placed,
        Duration interval,
        int priority,
        List<UUID> after,
        List<RestoreForm> recover,
        Sign health,
        boolean returns) {

    private static final String YES = "yes";
    private static final String NO = "no";

    public Protection {
        after = List.copyOf(after);
        recover = List.copyOf(recover);
        if (interval.isNegative() || interval.isZero() || recover.isEmpty() || after.contains(guest)) {
            throw new IllegalArgumentException("a protection that cannot be, of guest '" + name + "'");
        }
    }

    /** Returns it with another standby host, or none. */
    public Protection on(Optional<String> host) {
        return new Protection(
                guest, name, tier, home, host, placed, interval, priority, after, recover, health, returns);
    }

    /** Returns how old its copy may be: a checkpoint the interval and one capture, for which another interval is allowed; the last epoch of a stream three of them. */
    public Duration promised() {
        return interval.multipliedBy(tier == Tier.WARM ? 2 : 3);
    }

    String json() {
        return EntryFacts.writing()
                .put("guest", guest)
                .put("name", name)
                .put("tier", tier)
                .put("home", home)
                .put("standby", standby)
                .put("placed", placed ? YES : NO)
                .put("interval", interval)
                .put("priority", priority)
                .words("after", after)
                .words("recover", recover.stream().map(RestoreForm::text).toList())
                .put("health", health.text())
                .put("returns", returns ? YES : NO)
                .text();
    }

    static Protection parse(Register.Entry entry) {
        EntryFacts facts = EntryFacts.of(entry);
        return facts.checked(() -> new Protection(
                facts.uuid("guest"),
                facts.text("name"),
                facts.word("tier", Tier.class),
                facts.text("home"),
                facts.optional("standby"),
                facts.text("placed").equals(YES),
                facts.duration("interval"),
                Math.toIntExact(facts.number("priority")),
                facts.words("after").stream().map(UUID::fromString).toList(),
                facts.words("recover").stream().map(Protection::form).toList(),
                facts.optional("health").map(Sign::parse).orElseGet(Sign::usual),
                facts.text("returns").equals(YES)));
    }

    private static RestoreForm form(String text) {
        String name = text.toUpperCase(Locale.ROOT).replace('-', '_');
        return Arrays.stream(RestoreForm.values())
                .filter(form -> form.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is no form"));
    }
}
