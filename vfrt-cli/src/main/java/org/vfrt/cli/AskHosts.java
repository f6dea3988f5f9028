package org.vfrt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.Hypervisors;

/** Asks several hosts the same question at once. One that does not answer delays the others by no more than the deadline. */
final class AskHosts {

    /** A host that libvirt cannot reach says so within the connect deadline; this bounds one that hangs after connecting. */
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final int THREADS_MAX = 16;

    private final Hypervisors hypervisors;
    private final Duration deadline;

    AskHosts(Hypervisors hypervisors, Duration deadline) {
        this.hypervisors = hypervisors;
        this.deadline = deadline;
    }

    /** What one host answered, or what asking it failed with. Exactly one of the two is there. */
    record Answer<T>(Host host, Optional<T> value, Optional<Failure> failure) {}

    /** Returns the failures among some answers. */
    static <T> List<Failure> failures(List<Answer<T>> answers) {
        return answers.stream().flatMap(answer -> answer.failure().stream()).toList();
    }

    /** Returns for example {@code 1 of 3 hosts did not answer}. */
    static <T> String silence(List<Answer<T>> answers) {
        return failures(answers).size() + " of " + answers.size() + " hosts did not answer";
    }

    /**
     * Returns the configured host of this name.
     *
     * @throws NotFound when there is none
     */
    static Host named(List<Host> hosts, String name) {
        return hosts.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NotFound(
                        "no-such-host",
                        "there is no host '" + name + "' in the configuration",
                        "List the hosts with 'vfrt host list'."));
    }

    /**
     * Asks each host. The question runs in a thread of its own.
     *
     * @return an answer for each host, in their order
     * @throws BadInput when there is no host to ask
     */
    <T> List<Answer<T>> run(List<Host> hosts, Function<Hypervisor, T> question) {
        if (hosts.isEmpty()) {
            throw new BadInput(
                    "no-hosts",
                    "no host is configured",
                    "Name one with '--connect URI', or list the pool's hosts in '/etc/vfrt/vfrt.yaml'.");
        }
        long endNanos = System.nanoTime() + deadline.toNanos();
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(hosts.size(), THREADS_MAX), AskHosts::daemon);
        List<Future<T>> asked = new ArrayList<>();
        for (Host host : hosts) {
            asked.add(threads.submit(() -> {
                try (Hypervisor hypervisor = hypervisors.connect(host)) {
                    return question.apply(hypervisor);
                }
            }));
        }
        threads.shutdown();
        List<Answer<T>> answers = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            answers.add(answer(hosts.get(i), asked.get(i), endNanos));
        }
        return answers;
    }

    private <T> Answer<T> answer(Host host, Future<T> asked, long endNanos) {
        try {
            T value = asked.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            return new Answer<>(host, Optional.of(value), Optional.empty());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Failure failure) {
                return new Answer<>(host, Optional.empty(), Optional.of(failure));
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("asking host '" + host.name() + "'", e.getCause());
        } catch (TimeoutException e) {
            return silent(host, "did not answer within " + deadline.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return silent(host, "was not waited for: interrupted");
        }
    }

    private static <T> Answer<T> silent(Host host, String what) {
        Temporary failure = new Temporary(
                "host-silent",
                "host '" + host.name() + "' " + what,
                "Look at it with 'virsh -c " + host.uri().text() + " list'.");
        return new Answer<>(host, Optional.empty(), Optional.of(failure));
    }

    private static Thread daemon(Runnable work) {
        // A thread that hangs in libvirt must not keep the process.
        Thread thread = new Thread(work, "ask");
        thread.setDaemon(true);
        return thread;
    }
}
