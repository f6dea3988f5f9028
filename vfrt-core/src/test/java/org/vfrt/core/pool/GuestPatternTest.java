package org.vfrt.core.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GuestPatternTest {

    private static final UUID SOME = UUID.fromString("0a5e3b1c-7c1d-4f0e-9f0b-2f6f7f9b1c02");

    @ParameterizedTest
    @CsvSource({
        "web1,  web1,   true",
        "web1,  web12,  false",
        "web*,  web12,  true",
        "web*,  web,    true",
        "web*,  myweb1, false",
        "*web*, myweb1, true",
        "web?,  web1,   true",
        "web?,  web,    false",
        "*,     web1,   true",
        "w.b*,  web1,   false",
        "w[e]b*, web1,  false",
        "a\\Eb*, a\\Eb1, true",
    })
    void aStarIsAnyTextAndEverythingElseIsItself(String pattern, String name, boolean matches) {
        assertThat(new GuestPattern(pattern).matches(name, SOME)).isEqualTo(matches);
    }

    @Test
    void aGuestCanBeNamedByItsUuid() {
        assertThat(new GuestPattern(SOME.toString()).matches("web1", SOME)).isTrue();
        assertThat(new GuestPattern("0a5e*").matches("web1", SOME)).isFalse();
    }
}
