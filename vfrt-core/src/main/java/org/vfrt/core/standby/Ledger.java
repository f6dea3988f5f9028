package org.vfrt.core.standby;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vfrt.core.claim.Claim;
import org.vfrt.core.claim.EntryFacts;
import org.vfrt.core.claim.Register;

/** What became of guests that were started again: what was promised, and what was measured. The last {@value #KEPT} of each guest are kept. As safe for threads as the register. */
public final class Ledger {

    private static final String PREFIX = "ledger/";
    private static final int KEPT = 20;

    private final Register register;

    public Ledger(Register register) {
        this.register = register;
    }

    /**
     * One start. What is empty did not happen, or the controller that knew it died.
     *
     * @param because the evidence, in words
     * @param proven when the evidence was found: from then on the guest could be started
     * @param promised the interval of its protection
     * @param form in which it came back
     * @param lost how much of its work, at most: all since so long ago
     * @param up when its health check passed, or was given up
     * @param healthy whether it passed
     * @param died whether its host died, and it was not moved on purpose
     */
    public record Line(
            UUID guest,
            String name,
            long epoch,
            Optional<String> from,
            String to,
            Optional<String> because,
            Optional<Instant> proven,
            Optional<Duration> promised,
            Optional<String> form,
            Optional<Duration> lost,
            Optional<Instant> up,
            boolean healthy,
            boolean died) {

        /** Returns how long it took from the evidence until it was healthy; empty when that is not known, or a clock was set in between. */
        public Optional<Duration> took() {
            return healthy && proven.isPresent() && up.isPresent()
                    ? Optional.of(Duration.between(proven.get(), up.get())).filter(time -> !time.isNegative())
                    : Optional.empty();
        }
    }

    /** Returns a guest's lines, the oldest first. */
    public List<Line> of(UUID guest) {
        return register.list(PREFIX + guest + "/").stream()
                .map(Ledger::parse)
                .sorted(Comparator.comparingLong(Line::epoch))
                .toList();
    }

    void begin(Claim before, Claim next, String because, Optional<Instant> proven, Duration promised, boolean died) {
        put(new Line(
                next.guest(),
                next.name(),
                next.epoch(),
                Optional.of(before.at().host()),
                next.at().host(),
                Optional.of(because),
                proven,
                Optional.of(promised),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                died));
        List<Line> lines = of(next.guest());
        lines.stream()
                .limit(Math.max(0, lines.size() - KEPT))
                .forEach(old -> value(old).clear());
    }

    void started(Claim claim, Activator.Way way) {
        Line line = line(claim);
        put(new Line(
                line.guest,
                line.name,
                line.epoch,
                line.from,
                line.to,
                line.because,
                line.proven,
                line.promised,
                Optional.of(way.form()),
                Optional.of(way.lost()),
                line.up,
                line.healthy,
                line.died));
    }

    Line finished(Claim claim, Instant up, boolean healthy) {
        Line line = line(claim);
        Line finished = new Line(
                line.guest,
                line.name,
                line.epoch,
                line.from,
                line.to,
                line.because,
                line.proven,
                line.promised,
                line.form,
                line.lost,
                Optional.of(up),
                healthy,
                line.died);
        put(finished);
        return finished;
    }

    private Line line(Claim claim) {
        return register.read(key(claim.guest(), claim.epoch()))
                .map(Ledger::parse)
                .orElseGet(() -> new Line(
                        claim.guest(),
                        claim.name(),
                        claim.epoch(),
                        Optional.empty(),
                        claim.at().host(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        false));
    }

    private void put(Line line) {
        value(line)
                .put(EntryFacts.writing()
                        .put("guest", line.guest)
                        .put("name", line.name)
                        .put("epoch", line.epoch)
                        .put("from", line.from)
                        .put("to", line.to)
                        .put("because", line.because)
                        .put("proven", line.proven)
                        .put("promised", line.promised)
                        .put("form", line.form)
                        .put("lost", line.lost)
                        .put("up", line.up)
                        .put("healthy", line.healthy)
                        .put("died", line.died)
                        .text());
    }

    private RegisterValue value(Line line) {
        return new RegisterValue(register, key(line.guest, line.epoch));
    }

    private static String key(UUID guest, long epoch) {
        return PREFIX + guest + "/" + epoch;
    }

    private static Line parse(Register.Entry entry) {
        EntryFacts facts = EntryFacts.of(entry);
        return new Line(
                facts.uuid("guest"),
                facts.text("name"),
                facts.number("epoch"),
                facts.optional("from"),
                facts.text("to"),
                facts.optional("because"),
                facts.optional("proven").map(there -> facts.instant("proven")),
                facts.optional("promised").map(there -> facts.duration("promised")),
                facts.optional("form"),
                facts.optional("lost").map(there -> facts.duration("lost")),
                facts.optional("up").map(there -> facts.instant("up")),
                facts.text("healthy").equals("true"),
                facts.text("died").equals("true"));
    }
}
