package org.vfrt.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.vfrt.core.placement.SmallPools.guest;
import static org.vfrt.core.placement.SmallPools.pool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Refused;

class PlanFileTest {

    private static final long SEED = 20261130;
    private static final Guards QUICK = new Guards(10, 0.5, 0.02, 10, 1, 2, 5_000, Duration.ofSeconds(30));

    @TempDir
    Path directory;

    private static PlanDocument document(PoolLoad pool, PlanMoves.Goal goal, Optional<String> emptied) {
        PoolLoad seen =
                emptied.map(host -> pool.with(host, HostLoad.State.LEAVING)).orElse(pool);
        Plan plan = new PlanMoves(Metric.BALANCE, QUICK, 1).run(seen, goal);
        return new PlanDocument(
                Instant.parse("2026-11-28T12:00:00.5Z"),
                emptied,
                goal,
                1,
                seen.hosts().stream()
                        .map(host -> new PlanDocument.Place(
                                host.name(),
                                host.state(),
                                seen.guests().stream()
                                        .filter(one -> one.host().equals(host.name()))
                                        .map(GuestLoad::name)
                                        .toList()))
                        .toList(),
                plan,
                new ExplainPlan(Metric.BALANCE)
                        .run(
                                seen,
                                plan,
                                (one, move) -> new Forecast(
                                        new Precopy(Duration.ofSeconds(3), Duration.ofMillis(250), 0),
                                        LearnedFrom.OTHER_GUESTS),
                                true));
    }

    private static PoolLoad uneven() {
        return pool(3, IntStream.range(0, 6).mapToObj(i -> guest("g" + i, 0, 4)));
    }

    private PlanFile file() {
        return new PlanFile(directory.resolve("plan.json"));
    }

    private void put(String content) throws IOException {
        Files.writeString(directory.resolve("plan.json"), content);
    }

    private String written(PlanDocument document) throws IOException {
        file().write(document);
        return Files.readString(directory.resolve("plan.json"));
    }

    @Test
    void aPlanTakesThePlaceOfNothingButAFile(@TempDir Path directory) throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("target"));
        for (Path odd : List.of(Path.of(""), directory, Path.of("/dev/full"), link, directory.resolve("gone/plan"))) {
            assertThatThrownBy(() -> new PlanFile(odd).demandWritable())
                    .as("%s", odd)
                    .isInstanceOf(BadInput.class);
        }
        new PlanFile(directory.resolve("plan.json")).demandWritable();
    }

    @Test
    void aPlanThatWasWrittenIsReadAsItWas() {
        RandomPools pools = new RandomPools(SEED);
        for (int i = 0; i < 50; i++) {
            PoolLoad pool = pools.next(6, 8);
            Optional<String> emptied =
                    i % 2 == 0 ? Optional.of(pool.hosts().get(0).name()) : Optional.empty();
            PlanDocument document = document(pool, i % 2 == 0 ? PlanMoves.Goal.RULES : PlanMoves.Goal.BALANCE, emptied);

            file().write(document);

            assertThat(file().read()).isEqualTo(document);
        }
    }

    @Test
    void theContributionsOfAllMovesAddUpToWhatThePlanGains() {
        RandomPools pools = new RandomPools(SEED);
        for (int i = 0; i < 50; i++) {
            PlanDocument document = document(pools.next(6, 8), PlanMoves.Goal.BALANCE, Optional.empty());
            Score before = document.plan().before();
            Score after = document.plan().after();

            String name = "pool " + i + " of seed " + SEED;
            assertThat(sum(document, Contribution.Part.VIOLATIONS))
                    .as(name)
                    .isCloseTo(after.violations() - before.violations(), within(1e-9));
            assertThat(sum(document, Contribution.Part.SHORTFALL)).as(name).isEqualTo((double)
                    (after.shortfallBytes() - before.shortfallBytes()));
            assertThat(sum(document, Contribution.Part.SOFT_VIOLATIONS))
                    .as(name)
                    .isCloseTo(after.softViolations() - before.softViolations(), within(1e-9));
            assertThat(sum(document, Contribution.Part.OVERLOAD))
                    .as(name)
                    .isCloseTo(after.overload() - before.overload(), within(1e-9));
            assertThat(sum(document, Contribution.Part.IMBALANCE))
                    .as(name)
                    .isCloseTo(after.imbalance() - before.imbalance(), within(1e-9));
        }
    }

    private static double sum(PlanDocument document, Contribution.Part part) {
        return document.moves().stream()
                .flatMap(move -> move.contributions().stream())
                .filter(one -> one.part() == part)
                .mapToDouble(Contribution::added)
                .sum();
    }

    @Test
    void aMoveSaysWhatItIsGoodFor() {
        PlanDocument balance = document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty());
        PlanDocument evacuation = document(uneven(), PlanMoves.Goal.RULES, Optional.of("host0"));

        assertThat(balance.moves())
                .isNotEmpty()
                .allSatisfy(
                        move -> assertThat(move.reason()).matches("evens out memory: index \\d+\\.\\d to \\d+\\.\\d"));
        assertThat(evacuation.moves())
                .hasSize(6)
                .allSatisfy(move -> assertThat(move.reason()).isEqualTo("host 'host0' is to be empty"));
    }

    @Test
    void keysOfALaterVfrtArePassedOver() throws IOException {
        PlanDocument document = document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty());

        put(written(document)
                .replace("\"metric\"", "\"mood\" : {\"good\" : [1, 2.5, null]}, \"metric\"")
                .replace("[1, 2.5, null]", "[1, 2.5]"));

        assertThat(file().read()).isEqualTo(document);
    }

    @Test
    void aPlanOfANewerFormatIsRefusedAsSuch() throws IOException {
        put(written(document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty()))
                .replace("\"formatVersion\" : 1", "\"formatVersion\" : 2"));

        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> file().read())
                .satisfies(failure -> {
                    assertThat(failure.code()).isEqualTo("plan-too-new");
                    assertThat(failure).hasMessageContaining("in format 2");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'\"to\" : \"host1\"'; '\"to\" : \"host9\"'; cannot go to 'host9'",
                "'\"from\" : \"host0\"'; '\"from\" : \"host2\"'; is not on 'host2' when it moves",
                "'\"digest\" : \"'; '\"digest\" : \"z'; 'digest' is none",
                "'\"cut\" : false'; '\"cut\" : 0'; it has no 'cut', or a wrong one",
                "'\"goal\" : \"balance\"'; '\"goal\" : \"fun\"'; it says 'fun'",
                "'\"violations\" : '; '\"violations\" : 1e999, \"v\" : '; 'violations' is out of range",
                "'\"reason\" : \"'; '\"reason\" : \"\\u001b[2J'; control characters",
                "'\"state\" : \"online\"'; '\"state\" : null'; it has no 'state'",
                "'\"plan\" : {'; '\"plans\" : {'; it has no 'plan'",
                "'\"seed\" : 1'; '\"seed\" : 1, \"seed\" : 1'; Duplicate",
                "'\"seed\" : 1'; '\"seed\" : 99999999999999999999'; out of range",
            })
    void whatNoPlannerWroteIsRefusedWithTheReason(String what, String by, String why) throws IOException {
        String content = written(document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty()));
        assertThat(content).contains(what);

        put(content.replace(what, by));

        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> file().read())
                .withMessageContaining(why)
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("not-a-plan"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "another target; '\"to\" : \"host1\"'; '\"to\" : \"host2\"'",
                "a shorter pause; '\"predictedPauseMillis\" : 250'; '\"predictedPauseMillis\" : 25'",
                "a host to be emptied; '\"emptiedHost\" : null'; '\"emptiedHost\" : \"host0\"'",
                "a better score; '\"softViolations\" : 0'; '\"softViolations\" : 1'",
                "another pool; '\"digest\" : \"'; '\"digest\" : \"0'",
            })
    void aPlanThatWasEditedIsRefused(String how, String what, String by) throws IOException {
        String content = written(document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty()));
        assertThat(content).as(how).contains(what);

        put(content.replaceFirst(Pattern.quote(what), by).replaceFirst("(\"digest\" : \"[0-9a-f]{32})[0-9a-f]", "$1"));

        assertThatExceptionOfType(Refused.class)
                .as(how)
                .isThrownBy(() -> file().read())
                .satisfies(failure -> {
                    assertThat(failure.code()).isEqualTo("plan-edited");
                    assertThat(failure.hint()).startsWith("Make a new one.");
                });
    }

    @Test
    void aPlanWithoutItsSealIsNone() throws IOException {
        String content = written(document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty()));

        put(content.replaceFirst("\"seal\"", "\"sea\""));

        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> file().read())
                .withMessageContaining("it has no 'seal'");
    }

    @Test
    void howAPlanIsWrittenIsNoEdit() throws IOException {
        PlanDocument document = document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty());

        put(written(document).replaceAll("\\s+\"", "\"").replace(" : ", ":"));

        assertThat(file().read()).isEqualTo(document);
    }

    @Test
    void aFileThatIsTooLargeOrNotThereIsRefused() throws IOException {
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> file().read())
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("plan-not-read"));

        put(" ".repeat(PlanFile.BYTES_MAX + 1));

        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> file().read())
                .withMessageContaining("larger than 32 MiB");
    }

    @Test
    void aBrokenPlanIsNeverAnythingButRefused() throws IOException {
        byte[] whole = written(document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty()))
                .getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(SEED);
        int refused = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = whole.clone();
            int at = random.nextInt(bytes.length);
            if (i % 4 == 0) {
                bytes = java.util.Arrays.copyOf(bytes, at);
            } else {
                bytes[at] = (byte) (i % 4 == 1 ? random.nextInt(256) : "{}[]\",:0-e.n".charAt(random.nextInt(12)));
            }
            Files.write(directory.resolve("plan.json"), bytes);
            try {
                file().read();
            } catch (BadInput | Refused e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void aPoolThatChangedIsToldFromTheOneThatWasPlannedFor() {
        PlanDocument document = document(uneven(), PlanMoves.Goal.BALANCE, Optional.empty());
        PoolLoad moved = uneven().after(List.of(new Move("g1", "host0", "host2")));
        PoolLoad other = pool(
                4,
                Stream.concat(
                        IntStream.range(0, 5).mapToObj(i -> guest("g" + i, 0, 4)), Stream.of(guest("new", 3, 1))));
        PoolLoad larger = pool(3, IntStream.range(0, 6).mapToObj(i -> guest("g" + i, 0, i == 0 ? 5 : 4)));

        assertThat(document.differences(uneven())).isEmpty();
        assertThat(document.differences(moved)).containsExactly("guest 'g1' is on 'host2' now");
        assertThat(document.differences(other))
                .containsExactly(
                        "guest 'g5' does not run any more", "host 'host3' is new", "guest 'new' runs on 'host3' now");
        assertThat(document.differences(uneven().with("host1", HostLoad.State.UNKNOWN)))
                .containsExactly("host 'host1' does not answer now");
        assertThat(document.differences(larger))
                .containsExactly("a guest is another one, or of another size, than it was");
    }

    @Test
    void aHostThatIsToBeEmptiedIsNoDifference() {
        PlanDocument document = document(uneven(), PlanMoves.Goal.RULES, Optional.of("host0"));

        assertThat(document.differences(uneven())).isEmpty();
    }
}
