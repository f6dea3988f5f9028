package org.vfrt.xen.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;
import org.vfrt.core.evidence.RenewableLeases;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/**
 * Leases that controllers renew on the hosts, and write into the register: {@code lease/HOST}. A host whose lease ends does not renew its watchdog any more, and Xen resets it.
 *
 * <p>A renewal has three steps: the host is asked for a moment by its own clock, the register is told that there is one more renewal, and the host gets it as of that moment. A controller
 * that sleeps between two of them makes the renewal worth less, never more than the register says. Safe for use by several threads and processes.
 */
public final class WatchdogLeases implements RenewableLeases {

    private static final HostScript SCRIPT = HostScript.beside(WatchdogLeases.class, "lease.sh");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Register register;
    private final Function<String, Optional<HostShell>> shells;
    private final String root;

    /** @param shells the way to a host's shell, by its name in the configuration */
    public WatchdogLeases(Register register, Function<String, Optional<HostShell>> shells) {
        this(register, shells, "");
    }

    /** @param root what stands before every path on the host */
    WatchdogLeases(Register register, Function<String, Optional<HostShell>> shells, String root) {
        this.register = register;
        this.shells = shells;
        this.root = root;
    }

    @Override
    public Optional<Lease> read(String host) {
        return register.read(key(host)).map(WatchdogLeases::lease);
    }

    private static Lease lease(Register.Entry entry) {
        EntryFacts facts = EntryFacts.of(entry);
        return new Lease(facts.text("boot"), facts.number("renewals"), facts.duration("watchdog"));
    }

    private static String key(String host) {
        return "lease/" + host;
    }

    /** What a host says of itself: its boot, its clock, and after how long it is reset; empty when it has no lease. */
    private record Moment(String boot, String at, Optional<Duration> watchdog) {}

    @Override
    public boolean renew(String host, Duration watchdog) {
        Moment moment = moment(host);
        if (moment.watchdog().isEmpty()) {
            // It lasts from before anybody is told of it, so nobody counts on it too early.
            ask(host, "arm", moment.boot(), Long.toString(watchdog.toMillis()));
        } else if (!moment.watchdog().get().equals(watchdog)) {
            throw new Refused(
                    "other-watchdog",
                    "host '" + host + "' has a watchdog of "
                            + moment.watchdog().get().toSeconds() + " s, and not of " + watchdog.toSeconds() + " s",
                    "Use the same in all configurations. To change it, end every 'vfrt standby run': each gives the leases back.");
        }
        Optional<Register.Entry> before = register.read(key(host));
        long renewals = before.map(WatchdogLeases::lease).map(Lease::renewals).orElse(0L);
        String value = EntryFacts.writing()
                .put("boot", moment.boot())
                .put("renewals", renewals + 1)
                .put("watchdog", watchdog)
                .text();
        if (register.write(key(host), before.map(Register.Entry::revision).orElse(Register.ABSENT), value)
                .isEmpty()) {
            return false;
        }
        ask(host, "renew", moment.boot(), moment.at());
        return true;
    }

    @Override
    public void giveBack(String host) {
        Moment moment = moment(host);
        Optional<Register.Entry> known = register.read(key(host));
        if (known.isPresent() && !register.remove(key(host), known.get().revision())) {
            throw new Temporary(
                    "lease-renewed",
                    "the lease of host '" + host + "' was renewed meanwhile",
                    "Stop what renews it, then try again.");
        }
        ask(host, "disarm", moment.boot());
    }

    private Moment moment(String host) {
        String[] row = ask(host, "moment").split("\t", -1);
        if (row.length != 4 || !row[0].equals("moment")) {
            throw confused(host, "moment", String.join(" ", row));
        }
        long watchdog = Long.parseLong(row[3]);
        return new Moment(row[1], row[2], watchdog == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(watchdog)));
    }

    private String ask(String host, String verb, String... arguments) {
        List<String> words = new ArrayList<>(List.of(root, verb));
        words.addAll(List.of(arguments));
        HostShell shell = shells.apply(host)
                .orElseThrow(() -> new Failed(
                        "no-shell",
                        "vfrt reaches no shell on host '" + host + "'",
                        "Use a URI with '+ssh', for example 'xen+ssh://root@" + host + "/system'."));
        HostShell.Result result = SCRIPT.run(shell, words, LIMIT);
        String answer = result.output().strip();
        if (answer.startsWith("no\t")) {
            String[] row = answer.split("\t", 3);
            throw new Refused(
                    row[1],
                    "host '" + host + "': " + row[row.length - 1],
                    row[1].equals("no-watchdog")
                            ? "Load 'xen_wdt' there by hand, and see what 'dmesg' says; without it the host cannot fence itself."
                            : "Look at it there with 'systemctl status vfrt-lease'.");
        }
        if (!result.ok() || !(answer.equals("done") || verb.equals("moment"))) {
            throw confused(host, verb, result.ok() ? answer : result.complaint());
        }
        return answer;
    }

    private static Failed confused(String host, String verb, String answer) {
        return new Failed(
                "lease-unclear",
                "host '" + host + "' was asked for '" + verb + "' of its lease, and answers '" + answer + "'",
                "See whether the shell's user is root there, and whether /run can be written to.");
    }
}
