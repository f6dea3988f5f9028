package org.vfrt.xen.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;
import org.vfrt.core.evidence.RenewableLeases;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import org.vfrt.xen.host.HostScript;
import org.vfrt.xen.host.HostShell;

/**
 * Leases that controllers renew on the hosts, and write into the register: {@code lease/HOST}. A host whose lease ends does not renew its watchdog any more, and Xen resets it.
 *
 * <p>A renewal has three steps: the host is asked for a moment by its own clock, the register is told that there is one more renewal, and the host gets it as of that moment. A controller
 * that sleeps between two of them makes the renewal worth less, never more than the register says.
 *
 * <p>What the register has must never be of a host whose watchdog is off: its silence would be taken for its end. So each arming has an identity. The register is told of it first, with no renewal, which
 * nobody counts on; then the host is armed with it; and the first renewal is written only over that very entry. Whoever disarms has seen the identity on the host, removes the entry after that, and disarms this arming
 * only.
 *
 * <p>Keeps one shell open to each host, since a renewal comes every few seconds. Safe for use by several threads and processes.
 */
public final class WatchdogLeases implements RenewableLeases {

    private static final HostScript SCRIPT = HostScript.beside(WatchdogLeases.class, "lease.sh");
    private static final String IDENTITY = "identity";

    /** Of anything but a renewal. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** A renewal must fail while there is time for another. */
    private static final int RENEWALS_IN_WATCHDOG = 6;

    private final Register register;
    private final Function<String, Optional<HostShell>> shells;
    private final String root;
    private final Map<String, HostShell> open = new ConcurrentHashMap<>();

    /** @param shells opens a shell of a host, by its name in the configuration */
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
        return register.read(key(host))
                .map(Written::of)
                .filter(written -> written.renewals() > 0)
                .map(written -> new Lease(written.boot(), written.renewals(), written.watchdog()));
    }

    private static String key(String host) {
        return "lease/" + host;
    }

    /** What the register has. Before the first renewal the host may be armed or not. */
    private record Written(String boot, String arming, long renewals, Duration watchdog) {

        static Written of(Register.Entry entry) {
            EntryFacts facts = EntryFacts.of(entry);
            return new Written(
                    facts.text("boot"),
                    // Of an earlier vfrt, which named none: hosts have '-' then.
                    facts.optional("arming").orElse("-"),
                    facts.number("renewals"),
                    facts.duration("watchdog"));
        }

        String text() {
            return EntryFacts.writing()
                    .put("boot", boot)
                    .put("arming", arming)
                    .put("renewals", renewals)
                    .put("watchdog", watchdog)
                    .text();
        }

        Written renewed() {
            return new Written(boot, arming, renewals + 1, watchdog);
        }
    }

    /** What a host says of itself: its boot, its clock, and how it is armed. */
    private record Moment(String boot, String at, Optional<Armed> armed) {}

    /** @param watchdog after how long without a renewal it is reset */
    private record Armed(Duration watchdog, String arming) {}

    @Override
    public boolean renew(String host, Duration watchdog) {
        Optional<Register.Entry> before = register.read(key(host));
        Duration soon = watchdog.dividedBy(RENEWALS_IN_WATCHDOG);
        Moment moment = moment(host, soon);
        moment.armed().ifPresent(armed -> refuseOthers(host, armed));
        moment.armed().filter(armed -> !armed.watchdog().equals(watchdog)).ifPresent(armed -> {
            throw new Refused(
                    "other-watchdog",
                    "host '" + host + "' has a watchdog of " + armed.watchdog().toSeconds() + " s, and not of "
                            + watchdog.toSeconds() + " s",
                    "Use the same in all configurations. To change it, end every 'vfrt standby run': each gives the leases back.");
        });
        long revision = before.map(Register.Entry::revision).orElse(Register.ABSENT);
        Optional<Written> known = before.map(Written::of)
                .filter(written -> written.renewals() > 0
                        && written.boot().equals(moment.boot())
                        && moment.armed()
                                .filter(armed -> armed.arming().equals(written.arming()))
                                .isPresent());
        if (known.isEmpty()) {
            Written next = new Written(moment.boot(), identity() + "." + UUID.randomUUID(), 0, watchdog);
            Optional<Long> noted = register.write(key(host), revision, next.text());
            if (noted.isEmpty()) {
                return false;
            }
            ask(host, LIMIT, "arm", moment.boot(), next.arming(), Long.toString(watchdog.toMillis()));
            known = Optional.of(next);
            revision = noted.get();
        }
        Written renewed = known.get().renewed();
        if (register.write(key(host), revision, renewed.text()).isEmpty()) {
            return false;
        }
        return told(host, soon, moment, renewed);
    }

    private boolean told(String host, Duration limit, Moment moment, Written renewed) {
        try {
            ask(host, limit, "renew", moment.boot(), renewed.arming(), moment.at());
            return true;
        } catch (Refused e) {
            if (e.code().equals("other-arming")) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void giveBack(String host) {
        Moment moment = moment(host, LIMIT);
        moment.armed().ifPresent(armed -> refuseOthers(host, armed));
        Optional<Register.Entry> known = register.read(key(host));
        if (known.isPresent() && !register.remove(key(host), known.get().revision())) {
            throw new Temporary(
                    "lease-renewed",
                    "the lease of host '" + host + "' was renewed meanwhile",
                    "Stop what renews it, then try again.");
        }
        moment.armed().ifPresent(armed -> ask(host, LIMIT, "disarm", moment.boot(), armed.arming()));
    }

    /** Somebody counts on it whom this register knows nothing of. */
    private void refuseOthers(String host, Armed armed) {
        if (!armed.arming().equals("-") && !armed.arming().startsWith(identity() + ".")) {
            throw new Refused(
                    "other-register",
                    "host '" + host + "' has a lease that a controller with another register keeps",
                    "Use the same 'register' in all configurations. When the other one is lost, end its controllers in an orderly way; else the host resets itself once.");
        }
    }

    /** Which register this is: a host that is known to two has its lease from one of them. */
    private String identity() {
        Optional<Register.Entry> there = register.read(IDENTITY);
        while (there.isEmpty()) {
            register.write(
                    IDENTITY,
                    Register.ABSENT,
                    EntryFacts.writing().put("identity", UUID.randomUUID()).text());
            there = register.read(IDENTITY);
        }
        return EntryFacts.of(there.get()).text("identity");
    }

    @Override
    public void close() {
        List.copyOf(open.keySet()).forEach(this::closeShell);
    }

    private void closeShell(String host) {
        HostShell shell = open.remove(host);
        if (shell != null) {
            shell.close();
        }
    }

    private Moment moment(String host, Duration limit) {
        String[] row = ask(host, limit, "moment").split("\t", -1);
        if (row.length != 5 || !row[0].equals("moment")) {
            throw confused(host, "moment", String.join(" ", row));
        }
        long watchdog = Long.parseLong(row[3]);
        return new Moment(
                row[1],
                row[2],
                watchdog == 0 ? Optional.empty() : Optional.of(new Armed(Duration.ofMillis(watchdog), row[4])));
    }

    private String ask(String host, Duration limit, String verb, String... arguments) {
        List<String> words = new ArrayList<>(List.of(root, verb));
        words.addAll(List.of(arguments));
        HostShell.Result result = run(host, words, limit);
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

    /** A connection on which something went wrong is not used again: the next renewal must not hang where this one did. */
    private HostShell.Result run(String host, List<String> words, Duration limit) {
        HostShell shell = open.computeIfAbsent(host, this::opened);
        try {
            return SCRIPT.run(shell, words, limit);
        } catch (Failure e) {
            closeShell(host);
            throw e;
        }
    }

    private HostShell opened(String host) {
        return shells.apply(host)
                .orElseThrow(() -> new Failed(
                        "no-shell",
                        "vfrt reaches no shell on host '" + host + "'",
                        "Use a URI with '+ssh', for example 'xen+ssh://root@" + host + "/system'."));
    }

    private static Failed confused(String host, String verb, String answer) {
        return new Failed(
                "lease-unclear",
                "host '" + host + "' was asked for '" + verb + "' of its lease, and answers '" + answer + "'",
                "See whether the shell's user is root there, and whether /run can be written to.");
    }
}
