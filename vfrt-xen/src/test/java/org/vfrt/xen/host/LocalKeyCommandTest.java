package org.vfrt.xen.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.Failed;

final class LocalKeyCommandTest {

    private final LocalKeyCommand commands = new LocalKeyCommand();

    @Test
    void wordsArriveAsTheyAreAndNoShellIsBetween() {
        assertThat(commands.output(List.of("printf", "%s|%s", "a  b", "$HOME;`id`")))
                .isEqualTo("a  b|$HOME;`id`");
    }

    @Test
    void aCommandThatFailsIsNamedAndNothingOfWhatItSaid() {
        Failed failure = catchThrowableOfType(
                Failed.class,
                () -> commands.output(List.of("sh", "-c", "echo 0123 secret; echo 4567 secret >&2; exit 3")));
        assertThat(failure.code()).isEqualTo("key-command-failed");
        assertThat(failure.getMessage() + failure.hint()).contains("'sh'", "3").doesNotContain("secret");
    }

    @Test
    void aProgramThatIsNotThereIsSaid() {
        Failed failure =
                catchThrowableOfType(Failed.class, () -> commands.output(List.of("/no/such/program", "secret")));
        assertThat(failure.getMessage()).contains("/no/such/program").doesNotContain("secret");
    }
}
