package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Table;
import org.vfrt.core.checkpoint.RecoverGuest;
import org.vfrt.core.checkpoint.RestoreForm;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.OpenPool;
import org.vfrt.core.sign.Sign;
import org.vfrt.core.standby.ProtectGuest;
import org.vfrt.core.standby.Protection;
import org.vfrt.core.standby.StandbyWorld;
import org.vfrt.core.standby.Tier;
import org.vfrt.core.text.Amounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vfrt standby protect}. */
@Command(
        description =
                "Keep a guest ready on a second host, and let it start only where its claim says. 'vfrt standby run' takes the"
                        + " copies. Of a guest that is protected already, this changes how.",
        sortOptions = false)
final class StandbyProtect implements Callable<Integer> {

    /** Below that a capture would hardly be over before the next one. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    /** A receiver's host may take nothing for so long between two epochs. */
    private static final Duration LONGEST_OF_STREAMS = Duration.ofMinutes(10);

    private static final Duration WARM_INTERVAL = Duration.ofSeconds(30);
    private static final Duration STREAM_INTERVAL = Duration.ofSeconds(1);

    private static final String AUTO = "auto";

    private final Session session;

    @Parameters(paramLabel = "GUEST", description = "The guest, which runs.")
    private @Nullable String guest;

    @Option(
            names = "--on",
            paramLabel = "HOST|auto",
            description = "Keep it ready on this host; the default is the one that the scorer ranks first.")
    private String on = AUTO;

    @Option(
            names = "--tier",
            paramLabel = "warm|hot",
            description =
                    "What is kept: warm, checkpoints at an interval, which is the default; hot, what the guest changes at every interval,"
                            + " sent without end by Xen's Remus, for guests without disks that they can write to.")
    private String tierName = "warm";

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "How often it is captured, which is about what may be lost; the default is 30s, and 1s for the tier hot.")
    private @Nullable Duration interval;

    @Option(
            names = "--priority",
            paramLabel = "NUMBER",
            description = "The higher, the sooner it is brought back; the default is 0.")
    private int priority;

    @Option(
            names = "--after",
            paramLabel = "GUEST",
            description =
                    "Bring it back when this protected guest is healthy, if that comes back as well. May be repeated.")
    private List<String> after = new ArrayList<>();

    @Option(
            names = "--recover",
            paramLabel = "FORM",
            split = ",",
            converter = RestoreFormConverter.class,
            description = "In which forms it may come back, the best first; the default is as of 'checkpoint recover'.")
    private List<RestoreForm> recover = RecoverGuest.PREFERENCE;

    @Option(
            names = "--health",
            paramLabel = "SIGN",
            description =
                    "What shows that it is well again: runs, console=REGEX, xenstore=KEY, tcp=ADDRESS:PORT as seen from here, or script=/PATH;"
                            + " the default is runs, which a guest of dead services shows too.")
    private String health = Sign.usual().text();

    StandbyProtect(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Tier tier = tier();
        Duration every = interval(tier);
        Sign sign = Sign.parse(health);
        StandbyWorld world = session.operations().standby();
        List<UUID> before = after.stream()
                .map(name -> ProtectedGuest.named(session.operations(), name))
                .toList();
        if (!on.equals(AUTO)) {
            world.pool().host(on);
        }
        OpenPool.Located found = located(world);
        session.settle();
        ProtectGuest.Outcome outcome = new ProtectGuest(world)
                .run(new ProtectGuest.Request(
                        found.guest().uuid(),
                        found.guest().name(),
                        found.host().host().name(),
                        on.equals(AUTO) ? Optional.empty() : Optional.of(on),
                        tier,
                        every,
                        priority,
                        before,
                        recover,
                        sign,
                        false));
        Protection protection = outcome.protection();
        session.print(
                json -> {
                    StandbyShow.write(json, protection);
                    json.field("host", outcome.claim().at().host())
                            .field("epoch", outcome.claim().epoch())
                            .texts("notes", outcome.notes())
                            .texts("caveats", tier.caveats());
                },
                out -> Table.titled("GUEST", "HOST", "READY ON", "TIER", "INTERVAL", "EPOCH")
                        .row(
                                protection.name(),
                                outcome.claim().at().host(),
                                protection.standby().orElse("nowhere"),
                                protection.tier().text(),
                                Amounts.duration(protection.interval()),
                                Long.toString(outcome.claim().epoch()))
                        .print(out));
        session.notes(outcome.notes());
        session.notes(tier.caveats());
        return ExitCode.DONE.number();
    }

    private OpenPool.Located located(StandbyWorld world) {
        try (OpenPool hosts = world.pool().open()) {
            return hosts.locate(String.valueOf(guest), Optional.empty());
        }
    }

    private Duration interval(Tier tier) {
        Duration every = interval != null ? interval : tier == Tier.WARM ? WARM_INTERVAL : STREAM_INTERVAL;
        if (every.compareTo(SHORTEST) < 0) {
            throw new BadInput("bad-interval", "'--interval' is shorter than a second", "Say for example 30s.");
        }
        if (tier != Tier.WARM && every.compareTo(LONGEST_OF_STREAMS) > 0) {
            throw new BadInput(
                    "bad-interval",
                    "'--interval' is longer than 10 minutes, for which a stream is not worth while",
                    "Say '--tier warm', or for example 1s.");
        }
        return every;
    }

    private Tier tier() {
        return switch (tierName) {
            case "warm" -> Tier.WARM;
            case "hot" -> Tier.HOT;
            case "instant" ->
                throw new Refused(
                        "tier-not-kept",
                        "the tier 'instant' is not kept by this vfrt yet",
                        "Say '--tier hot', or '--tier warm' with a short '--interval'.");
            default ->
                throw new BadInput(
                        "bad-tier", "there is no tier '" + tierName + "'", "Say '--tier warm' or '--tier hot'.");
        };
    }
}
