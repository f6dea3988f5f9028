package org.vfrt.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;

final class TagTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "7", "before-upgrade", "v1.2_3"})
    void aShortPlainWordIsATag(String text) {
        assertThat(new Tag(text).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", ".a", "A", "a b", "a,b", "a\n", "ä"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> new Tag(text)).isInstanceOf(BadInput.class).hasMessageContaining("cannot be a tag");
    }

    @Test
    void aTagHasAtMost63Characters() {
        assertThat(new Tag("a".repeat(63)).text()).hasSize(63);
        assertThatThrownBy(() -> new Tag("a".repeat(64))).isInstanceOf(BadInput.class);
    }
}
