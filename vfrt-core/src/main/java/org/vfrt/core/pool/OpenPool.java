package org.vfrt.core.pool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.NotFound;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;

/** A pool while it is connected to. Closing it closes every connection. For one thread. */
public final class OpenPool implements AutoCloseable {

    private final Map<Host, Hypervisor> open;
    private final Map<Host, Failure> silent;

    OpenPool(Map<Host, Hypervisor> open, Map<Host, Failure> silent) {
        this.open = new LinkedHashMap<>(open);
        this.silent = new LinkedHashMap<>(silent);
    }

    /** A guest, and the host it was found on. */
    public record Located(Hypervisor host, Guest guest) {}

    /** Returns the hosts that answer. */
    public List<Hypervisor> answering() {
        return List.copyOf(open.values());
    }

    /** Returns the hosts that do not, and what each failed with. */
    public Map<Host, Failure> silent() {
        return new LinkedHashMap<>(silent);
    }

    /**
     * Returns the connection to one host.
     *
     * @throws NotFound when it is not in the pool
     * @throws Failure what connecting to it failed with
     */
    public Hypervisor host(String name) {
        for (Map.Entry<Host, Failure> entry : silent.entrySet()) {
            if (entry.getKey().name().equals(name)) {
                throw entry.getValue();
            }
        }
        return open.values().stream()
                .filter(hypervisor -> hypervisor.host().name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new NotFound("no-such-host", "there is no host '" + name + "' in the configuration", ""));
    }

    /** Finds every host that knows a guest of this name or UUID, active or not. */
    public List<Located> everywhere(String nameOrUuid) {
        List<Located> found = new ArrayList<>();
        askAll(Hypervisor::guests)
                .forEach((hypervisor, guests) -> guests.stream()
                        .filter(guest -> guest.name().equals(nameOrUuid)
                                || guest.uuid().toString().equals(nameOrUuid))
                        .forEach(guest -> found.add(new Located(hypervisor, guest))));
        return found;
    }

    /**
     * Asks every answering host for {@link Hypervisor#unmanaged}, all at once.
     *
     * @return in words what was found, by the name of the host
     * @throws Failure when one cannot be asked: what it would have said is not known
     */
    public Map<String, String> unmanaged(UUID uuid) {
        Map<String, String> found = new LinkedHashMap<>();
        askAll(hypervisor -> hypervisor.unmanaged(uuid))
                .forEach((hypervisor, answer) ->
                        answer.ifPresent(words -> found.put(hypervisor.host().name(), words)));
        return found;
    }

    /**
     * Asks every answering host the same question, all at once.
     *
     * @return the answers, in the order of the configuration
     * @throws Failure when one cannot be asked
     */
    public <A> Map<Hypervisor, A> askAll(Function<Hypervisor, A> question) {
        Map<Hypervisor, A> answers = new LinkedHashMap<>();
        AtOnce.ask(answering(), question).forEach((hypervisor, answer) -> {
            Host host = hypervisor.host();
            try {
                answers.put(hypervisor, answer.get());
            } catch (ExecutionException e) {
                throw Pool.asFailure(host, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Pool.interrupted(host);
            }
        });
        return answers;
    }

    /**
     * Finds the one place where a guest is: where it is active, else where it is defined.
     *
     * @param hostName look on this host only
     * @throws NotFound when no host knows it
     * @throws Temporary when no answering host knows it, and others do not answer
     * @throws Refused when it is active on two hosts, which must never be
     * @throws BadInput when these are one machine
     */
    public Located locate(String nameOrUuid, Optional<String> hostName) {
        List<Located> found = everywhere(nameOrUuid).stream()
                .filter(located ->
                        hostName.isEmpty() || located.host().host().name().equals(hostName.get()))
                .toList();
        List<Located> active = found.stream()
                .filter(located -> located.guest().state().active())
                .toList();
        if (active.size() > 1) {
            // Whoever is told to end one of two must not end the only one.
            demandDistinct();
            throw new Refused(
                    "guest-active-twice",
                    "guest '" + nameOrUuid + "' is active on " + Pool.quoted(namesOf(active)),
                    "Find out which one is right before anything else, and end the other.");
        }
        return active.stream()
                .findFirst()
                .or(() -> found.stream().findFirst())
                .orElseThrow(() -> noGuest(nameOrUuid, hostName));
    }

    /**
     * Asks every answering host which machine it is.
     *
     * @throws BadInput when two are the same
     */
    public void demandDistinct() {
        SameMachine.among(askAll(host -> {
                    try {
                        return host.equipment(Set.of());
                    } catch (Failure e) {
                        return HostEquipment.UNKNOWN;
                    }
                }))
                .ifPresent(refusal -> {
                    throw refusal;
                });
    }

    private Failure noGuest(String nameOrUuid, Optional<String> hostName) {
        hostName.ifPresent(this::host);
        String where = hostName.map(name -> "on host '" + name + "'").orElse("on any host that answers");
        String message = "there is no guest '" + nameOrUuid + "' " + where;
        if (silent.isEmpty() || hostName.isPresent()) {
            return new NotFound("no-such-guest", message, "List the guests with 'vfrt guest list'.");
        }
        return new Temporary(
                "guest-not-seen",
                message,
                "No answer from "
                        + Pool.quoted(silent.keySet().stream().map(Host::name).toList())
                        + ", where it may be; see 'vfrt host check'.");
    }

    private static List<String> namesOf(List<Located> located) {
        return located.stream().map(one -> one.host().host().name()).toList();
    }

    @Override
    public void close() {
        open.values().forEach(Hypervisor::close);
    }
}
