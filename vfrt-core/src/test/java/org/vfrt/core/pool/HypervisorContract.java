package org.vfrt.core.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.NotFound;

/** What every {@link Hypervisor} must do. A subclass opens one that has at least one running guest. */
public abstract class HypervisorContract {

    private static final UUID NOBODY = UUID.fromString("00000000-0000-4000-8000-00000000dead");

    private Hypervisor host;
    private Guest running;

    /** Opens the host under test. */
    protected abstract Hypervisor open();

    @BeforeEach
    void openTheHost() {
        host = open();
        running = host.guests().stream()
                .filter(guest -> guest.state().running())
                .findFirst()
                .orElseThrow();
    }

    @AfterEach
    void closeTheHost() {
        host.close();
    }

    @Test
    void factsAreMeaningful() {
        HostFacts facts = host.facts();

        assertThat(facts.hypervisor()).isNotBlank();
        assertThat(facts.cpus()).isPositive();
        assertThat(facts.memoryBytes()).isGreaterThan(1L << 20);
        assertThat(facts.freeMemoryBytes()).isBetween(0L, facts.memoryBytes());
        assertThat(facts.libvirtVersion()).isGreaterThan(new Version(1, 0, 0));
    }

    @Test
    void guestsAreOrderedByNameAndDomain0IsNone() {
        List<String> names = host.guests().stream().map(Guest::name).toList();

        assertThat(names).isSorted().doesNotHaveDuplicates().doesNotContain("Domain-0");
    }

    @Test
    void aRunningGuestHasAnIdAndMemory() {
        assertThat(running.id()).isPositive();
        assertThat(running.memoryBytes()).isPositive();
        assertThat(running.vcpus()).isPositive();
    }

    @Test
    void aGuestIsFoundByUuid() {
        assertThat(host.guest(running.uuid())).hasValueSatisfying(guest -> {
            assertThat(guest.name()).isEqualTo(running.name());
            assertThat(guest.id()).isEqualTo(running.id());
            assertThat(guest.persistent()).isEqualTo(running.persistent());
        });
    }

    @Test
    void aGuestThatIsNotThereIsNotFound() {
        assertThat(host.guest(NOBODY)).isEmpty();
        assertThatThrownBy(() -> host.definition(NOBODY)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> host.jobActive(NOBODY)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> host.resume(NOBODY)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> host.destroy(NOBODY)).isInstanceOf(NotFound.class);
    }

    @Test
    void theDefinitionIsTheGuestsOwn() {
        Definition definition = Definition.parse(host.definition(running.uuid()));

        assertThat(definition.uuid()).isEqualTo(running.uuid());
        assertThat(definition.name()).isEqualTo(running.name());
        assertThat(definition.vcpus()).isEqualTo(running.vcpus());
    }

    @Test
    void anIdleGuestHasNoJob() {
        assertThat(host.jobActive(running.uuid())).isFalse();
    }

    @Test
    void aDestroyedPersistentGuestIsShutOffAndUsesNothing() {
        host.destroy(running.uuid());

        if (running.persistent()) {
            Guest guest = host.guest(running.uuid()).orElseThrow();
            assertThat(guest.state()).isEqualTo(GuestState.SHUT_OFF);
            assertThat(guest.id()).isEqualTo(-1);
            assertThat(guest.cpuTime()).isZero();
        } else {
            assertThat(host.guest(running.uuid())).isEmpty();
        }
    }

    @Test
    void severalThreadsAskAtOnceAndEachGetsItsOwnAnswer() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<String> right =
                    () -> Definition.parse(host.definition(running.uuid())).name();
            Callable<String> wrong = () -> {
                try {
                    return host.definition(NOBODY);
                } catch (NotFound e) {
                    return e.code();
                }
            };
            for (int round = 0; round < 25; round++) {
                List<Future<String>> answers =
                        threads.invokeAll(List.of(right, wrong, right, wrong, right, wrong), 60, TimeUnit.SECONDS);
                for (int i = 0; i < answers.size(); i++) {
                    assertThat(answers.get(i).get()).isEqualTo(i % 2 == 0 ? running.name() : "no-such-guest");
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void closingTwiceIsHarmless() {
        host.close();
        host.close();
    }

    @Test
    void aClosedConnectionRefusesToAnswer() {
        host.close();

        assertThatThrownBy(host::guests).isInstanceOf(IllegalStateException.class);
    }
}
