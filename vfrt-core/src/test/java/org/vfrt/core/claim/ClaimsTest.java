package org.vfrt.core.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Refused;

final class ClaimsTest {

    private static final UUID WEB = new UUID(1, 1);
    private static final Place XEN1 = new Place("xen1", "b1");
    private static final Place XEN2 = new Place("xen2", "b2");

    private final MemoryRegister register = new MemoryRegister();
    private final Claims claims = new Claims(register);

    private static Claim held(long epoch, Place place) {
        return Claim.of(WEB, "web1", epoch, Claim.Phase.HELD, place);
    }

    @Test
    void whatIsWrittenIsRead() {
        Claim moving = new Claim(WEB, "wéb 1", 3, Claim.Phase.MOVING, XEN1, Optional.of(XEN2), Optional.empty());
        Claim leaving =
                new Claim(new UUID(2, 2), "db1", 4, Claim.Phase.LEAVING, XEN1, Optional.empty(), Optional.of("xen2"));
        claims.begin(moving);
        claims.begin(leaving);

        assertThat(claims.all()).extracting(Claims.Known::claim).containsExactly(moving, leaving);
        assertThat(claims.naming("xen2")).extracting(Claims.Known::claim).containsExactly(moving);
    }

    @Test
    void onlyWhoSawTheClaimChangesIt() {
        Claims.Known first = claims.begin(held(1, XEN1)).orElseThrow();

        assertThat(claims.begin(held(1, XEN2))).isEmpty();
        assertThat(claims.change(first, held(2, XEN2))).isPresent();
        assertThat(claims.change(first, held(2, XEN1))).isEmpty();
        assertThat(claims.read(WEB).orElseThrow().claim()).isEqualTo(held(2, XEN2));
    }

    @Test
    void anotherPlaceNeedsAnotherEpoch() {
        Claims.Known known = claims.begin(held(2, XEN1)).orElseThrow();

        assertThatThrownBy(() -> claims.change(known, held(2, XEN2))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> claims.change(known, held(1, XEN1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aReleasedClaimNamesNobodyAndStays() {
        Claims.Known known = claims.begin(held(2, XEN1)).orElseThrow();
        claims.change(known, known.claim().with(Claim.Phase.RELEASED, XEN1, 3));

        assertThat(claims.naming("xen1")).isEmpty();
        assertThat(claims.read(WEB).orElseThrow().claim().epoch()).isEqualTo(3);
    }

    @Test
    void aClaimOfALaterFormatIsRefusedAndNotOverwritten() {
        register.write("claim/" + WEB, Register.ABSENT, "{\"format\": \"2\"}");

        assertThatThrownBy(() -> claims.read(WEB)).isInstanceOf(Refused.class).hasMessageContaining("format '2'");
    }

    @Test
    void whatIsNoClaimIsSaid() {
        register.write("claim/" + WEB, Register.ABSENT, "{\"format\": \"1\", \"guest\": \"" + WEB + "\"}");

        assertThatThrownBy(() -> claims.read(WEB))
                .isInstanceOf(Damaged.class)
                .hasMessageContaining("'name' is missing");
    }

    @Test
    void whatCannotBeIsDamage() {
        claims.begin(held(1, XEN1));
        Register.Entry entry = register.read("claim/" + WEB).orElseThrow();
        register.write(entry.key(), entry.revision(), entry.value().replace("HELD", "MOVING"));

        assertThatThrownBy(() -> claims.read(WEB)).isInstanceOf(Damaged.class);
    }
}
