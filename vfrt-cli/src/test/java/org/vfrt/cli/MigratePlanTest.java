package org.vfrt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans on their way from one command to the next. */
final class MigratePlanTest {

    @TempDir
    Path directory;

    private Path plan;
    private final FakeWorld world = FakeWorld.named("three hosts");

    @BeforeEach
    void name() {
        plan = directory.resolve("plan.json");
    }

    private Answer vfrt(String... words) {
        return vfrt(world, words);
    }

    private static Answer vfrt(FakeWorld world, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(out), new PrintWriter(err), world, words);
        return new Answer(code, out.toString(), err.toString());
    }

    private List<String> migrated() {
        return world.asked.stream().filter(one -> one.startsWith("migrate ")).toList();
    }

    @Test
    void theJsonOfADryRunIsAPlanThatCanBeApplied() throws IOException {
        Answer dry = vfrt("migrate", "host", "xen2", "--dry-run", "-o", "json");
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(migrated()).isEmpty();
        Files.writeString(plan, dry.out());

        Answer applied = vfrt("migrate", "pool", "--apply", plan.toString());

        assertThat(applied.code()).as(applied.err()).isZero();
        assertThat(migrated()).singleElement().asString().contains("guest=mail, from=Optional[xen2]");
        assertThat(applied.rows().get(0)).contains("mail", "xen2", "done");
    }

    @Test
    void aPlanInAFileIsGoodOnlyOnce() {
        assertThat(vfrt("migrate", "pool", "--max-moves", "1", "--out", plan.toString())
                        .code())
                .isZero();
        assertThat(vfrt("migrate", "pool", "--apply=" + plan).code()).isZero();
        int before = migrated().size();

        Answer again = vfrt("migrate", "pool", "--apply", plan.toString());

        assertThat(again.code()).isEqualTo(3);
        assertThat(again.err())
                .contains("the pool changed since the plan was made: guest '")
                .contains("Make a new plan");
        assertThat(migrated()).hasSize(before);
    }

    @Test
    void aFileThatIsNoPlanIsRefusedBeforeAnythingElse() throws IOException {
        Files.writeString(plan, "{\"plan\": {}}");

        Answer answer = vfrt("migrate", "pool", "--apply", plan.toString());

        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err()).contains("is not a plan: it has no 'formatVersion'");
        assertThat(world.asked).isEmpty();
    }

    @Test
    void aPlanThatWasEditedIsRefusedBeforeAnythingElse() throws IOException {
        assertThat(vfrt("migrate", "pool", "--out", plan.toString()).code()).isZero();
        Files.writeString(plan, Files.readString(plan).replaceFirst("\"guest\" : \"web1\"", "\"guest\" : \"batch\""));
        world.asked.clear();

        Answer answer = vfrt("migrate", "pool", "--apply", plan.toString());

        assertThat(answer.code()).isEqualTo(3);
        assertThat(answer.err())
                .contains("is not the one that was made: it was edited")
                .contains("HINT: Make a new one.");
        assertThat(world.asked).isEmpty();
    }

    @Test
    void theNameOfAGuestWithSharedDisksGoesToItsMoveOnly() {
        vfrt("migrate", "host", "xen1", "--shared-disks", "web1", "--shared-disks", "batch");

        assertThat(migrated())
                .allSatisfy(request -> assertThat(request)
                        .contains(
                                request.contains("guest=web1") || request.contains("guest=batch")
                                        ? "sharedDisks=Optional["
                                        : "sharedDisks=Optional.empty"));
    }

    @Test
    void aGuestThatDoesNotExistHasNoSharedDisks() {
        for (String[] words : new String[][] {
            {"migrate", "host", "xen1"},
            {"migrate", "host", "xen1", "--dry-run"},
            {"migrate", "pool"},
            {"migrate", "pool", "--apply"}
        }) {
            List<String> all = new ArrayList<>(List.of(words));
            all.addAll(List.of("--shared-disks", "web1", "--shared-disks", "wbe2"));

            Answer answer = vfrt(all.toArray(new String[0]));

            assertThat(answer.code()).as("%s", all).isEqualTo(4);
            assertThat(answer.err()).contains("'--shared-disks' names guest 'wbe2', and no guest of that name runs");
        }
        assertThat(migrated()).isEmpty();
    }

    @Test
    void whatWouldBeRefusedIsRefusedOnADryRunToo() {
        for (String dry : List.of("--dry-run", "--explain")) {
            Answer answer = vfrt("migrate", "host", "xen1", "--max-pause", "1ms", dry);

            assertThat(answer.code()).as(dry).isEqualTo(3);
            assertThat(answer.out()).isEmpty();
            assertThat(answer.err()).contains("no guest is moved: more than 1 ms of pause is not allowed");
        }
        Answer pool = vfrt("migrate", "pool", "--max-pause", "1ms", "--out", plan.toString());
        assertThat(pool.code()).isEqualTo(3);
        assertThat(plan).doesNotExist();
        assertThat(migrated()).isEmpty();
    }

    /** The hosts and guests are the same; what is in the way is asked for when the plan is applied. */
    @Test
    void aPlanIsRefusedWhenSomethingCameInTheWayOfAGuest() {
        assertThat(vfrt("migrate", "pool", "--out", plan.toString()).code()).isZero();
        FakeWorld obstructed = FakeWorld.named("guests in the way");

        for (List<String> words : List.of(
                List.of("migrate", "pool", "--apply", plan.toString()),
                List.of("migrate", "pool", "--apply", plan.toString(), "--dry-run"))) {
            Answer answer = vfrt(obstructed, words.toArray(new String[0]));

            assertThat(answer.code()).as("%s", words).isEqualTo(3);
            assertThat(answer.out()).isEmpty();
            assertThat(answer.err())
                    .contains("the plan is not applied: 1 of its guests would not be moved")
                    .contains("guest 'web2': libvirt has a job open on the guest");
        }
        assertThat(obstructed.asked).noneMatch(one -> one.startsWith("migrate "));
    }

    @Test
    void aPlanThatIsOnlyLookedAtIsNotDone() {
        assertThat(vfrt("migrate", "pool", "--out", plan.toString()).code()).isZero();

        for (String apply : List.of("--apply", "--apply=" + plan)) {
            Answer looked = vfrt("migrate", "pool", apply, "--dry-run");

            assertThat(looked.code()).as(looked.err()).isZero();
            assertThat(looked.out()).contains("PREDICTED TIME");
            assertThat(migrated()).isEmpty();
        }
        assertThat(vfrt("migrate", "pool", "--apply=" + plan).code()).isZero();
        assertThat(migrated()).isNotEmpty();
        assertThat(vfrt("migrate", "pool", "--apply=" + plan, "--dry-run").code())
                .isEqualTo(3);
    }

    @Test
    void whatDiedBeforeIsSettledFirst() {
        vfrt("migrate", "host", "xen2");

        assertThat(world.asked.get(0)).isEqualTo("settle");
    }
}
