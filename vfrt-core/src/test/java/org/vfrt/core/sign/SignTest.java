package org.vfrt.core.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;

final class SignTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "runs",
                "console=login: $",
                "console=a=b",
                "xenstore=data/alive",
                "tcp=10.0.0.7:5432",
                "script=/usr/local/bin/check db"
            })
    void whatIsWrittenIsReadBackAsItWas(String text) {
        assertThat(Sign.parse(text).text()).isEqualTo(text);
        assertThat(Sign.parse(text)).isEqualTo(Sign.parse(text));
        assertThat(Sign.parse(text).weak()).isEqualTo(text.equals("runs"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "runs=1",
                "console",
                "console=",
                "console=(",
                "xenstore=/local/domain/1",
                "xenstore=a//b",
                "tcp=10.0.0.7",
                "tcp=10.0.0.256:1",
                "tcp=db1:5432",
                "tcp=10.0.0.7:70000",
                "script=check",
                "ping=10.0.0.7"
            })
    void whatIsNoSignIsRefused(String text) {
        assertThatThrownBy(() -> Sign.parse(text)).isInstanceOf(BadInput.class);
    }

    @Test
    void theEndOfALineCanBeASign() {
        assertThat(new Sign.Console("login: $")
                        .pattern()
                        .matcher("\nweb1 login: \n")
                        .find())
                .isTrue();
    }
}
