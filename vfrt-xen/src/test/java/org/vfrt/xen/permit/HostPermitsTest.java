package org.vfrt.xen.permit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Host;
import org.vfrt.core.pool.HostUri;
import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.standby.HostSetup;
import org.vfrt.core.standby.Permits;
import org.vfrt.core.standby.PermitsContract;
import org.vfrt.xen.host.CountedShell;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.HostShells;

/** The real programs, on this machine, below a directory that stands for the host's root. libvirt itself is met in {@code scripts/lab-tests/permits.sh}. */
final class HostPermitsTest extends PermitsContract {

    private static final UUID WEB = UUID.fromString("8e8dab7f-3860-481d-8461-c0a967d2527a");

    @TempDir
    private Path root;

    private final FakePool pool = new FakePool("xen1");
    private final HostShell shell = HostShells.of(new Host("xen1", HostUri.parse("xen:///system"), Optional.empty()))
            .orElseThrow();

    @BeforeEach
    void boots() throws IOException {
        Files.createDirectories(root.resolve("proc/sys/kernel/random"));
        Files.createDirectories(root.resolve("etc"));
        Files.createDirectories(root.resolve("run"));
        Files.createDirectories(root.resolve("var/lib"));
        reboot();
    }

    @Override
    protected Permits permits() {
        return new HostPermits(host -> Optional.of(shell), root.toString());
    }

    @Override
    protected Hypervisor host() {
        return pool.on("xen1");
    }

    @Override
    protected void reboot() {
        try {
            Files.writeString(root.resolve("proc/sys/kernel/random/boot_id"), UUID.randomUUID() + "\n");
            if (Files.exists(root.resolve("run"))) {
                try (Stream<Path> all = Files.walk(root.resolve("run"))) {
                    for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                        Files.delete(path);
                    }
                }
                Files.createDirectory(root.resolve("run"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SetUpHost setUp() {
        return new SetUpHost(host -> Optional.of(shell), root.toString());
    }

    private static String definition(UUID guest) {
        return "<domain type='xen'>\n  <name>web1</name>\n  <uuid>" + guest
                + "</uuid>\n  <title>&lt;uuid&gt;</title>\n  <metadata>\n    <a><uuid>11111111-2222-4333-8444-555555555555</uuid></a>\n  </metadata>\n</domain>\n";
    }

    private record Ended(int code, String said) {}

    private Ended script(String input, String... words) throws Exception {
        Path file = Files.writeString(root.resolve("script"), HostPermits.SCRIPT.text());
        List<String> argv = new ArrayList<>(List.of("bash", file.toString(), root.toString()));
        argv.addAll(List.of(words));
        Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }

    /** As libvirt calls it; this process is then its daemon. */
    private Ended hook(String operation, UUID guest) throws Exception {
        return script(definition(guest), "hook", "web1", operation, "begin", "-");
    }

    private void permitted() {
        permits().guard(host(), WEB, "web1");
        String boot = permits().standing(host()).boot();
        permits().rejoin(host(), boot);
        permits().give(host(), boot, WEB, 1);
    }

    @Test
    void aGuestThatIsNotGuardedStartsAsEver() throws Exception {
        permits().guard(host(), UUID.fromString("11111111-2222-4333-8444-555555555555"), "other");
        for (String operation : List.of("prepare", "start", "started", "stopped", "release", "migrate", "reconnect")) {
            assertThat(hook(operation, WEB)).isEqualTo(new Ended(0, ""));
        }
    }

    @Test
    void aGuardedGuestDoesNotStartWithoutAPermitAndIsToldWhy() throws Exception {
        permits().guard(host(), WEB, "web1");
        for (String operation : List.of("prepare", "start")) {
            Ended ended = hook(operation, WEB);
            assertThat(ended.code()).isEqualTo(1);
            assertThat(ended.said())
                    .contains("guest 'web1'")
                    .contains("no permit")
                    .contains("HINT");
        }
    }

    @Test
    void aGuardedGuestStartsWithAPermitUntilTheHostBootsAgain() throws Exception {
        permitted();
        assertThat(hook("prepare", WEB)).isEqualTo(new Ended(0, ""));
        assertThat(hook("start", WEB)).isEqualTo(new Ended(0, ""));
        assertThat(hook("started", WEB)).isEqualTo(new Ended(0, ""));
        reboot();
        assertThat(hook("prepare", WEB).code()).isEqualTo(1);
    }

    @Test
    void aPermitThatSurvivedItsBootIsNone() throws Exception {
        permitted();
        Files.writeString(root.resolve("proc/sys/kernel/random/boot_id"), UUID.randomUUID() + "\n");
        assertThat(hook("prepare", WEB).code()).isEqualTo(1);
        assertThat(permits().standing(host()).rejoined()).isFalse();
    }

    @Test
    void whereGuestsAreGuardedNobodyStartsOfWhomLibvirtDoesNotTellWhoItIs() throws Exception {
        assertThat(script("", "hook", "web1", "prepare", "begin", "-").code()).isZero();
        permits().guard(host(), WEB, "web1");
        assertThat(script("", "hook", "web1", "prepare", "begin", "-").code()).isEqualTo(1);
        assertThat(script("", "hook", "web1", "migrate", "begin", "-").code()).isZero();
    }

    @Test
    void withdrawingWaitsForAStartThatHasBegun() throws Exception {
        permitted();
        assertThat(hook("prepare", WEB).code()).isZero();
        assertThat(hook("start", WEB).code()).isZero();
        CompletableFuture<Void> withdrawn =
                CompletableFuture.runAsync(() -> permits().withdraw(host(), WEB, 1));
        while (permits().standing(host()).guarded().get(0).permit().isPresent()) {
            Thread.sleep(20);
        }
        Thread.sleep(600);
        assertThat(withdrawn).isNotDone();
        assertThat(hook("start", WEB).code()).as("another start").isEqualTo(1);
        hook("stopped", WEB);
        withdrawn.get(20, TimeUnit.SECONDS);
    }

    @Test
    void withdrawingDoesNotWaitForAStartThatEndedWithLibvirt() throws Exception {
        permitted();
        assertThat(hook("start", WEB).code()).isZero();
        Path mark = root.resolve("run/vfrt/starts/" + WEB);
        String[] words = Files.readString(mark).strip().split(" ", -1);
        assertThat(words[1]).isEqualTo(Long.toString(ProcessHandle.current().pid()));
        Files.writeString(mark, words[0] + " " + words[1] + " 1\n");
        permits().withdraw(host(), WEB, 1);
    }

    @Test
    void aStartThatDoesNotEndIsSaidToGoOn() throws Exception {
        permitted();
        assertThat(hook("start", WEB).code()).isZero();
        assertThat(script("", "withdraw", WEB.toString(), "1", "1").said()).startsWith("no\tstart-going-on\t");
        assertThat(hook("prepare", WEB).code())
                .as("the permit is gone all the same")
                .isEqualTo(1);
    }

    @Test
    void whatWasSavedOfAGuestWithoutAPermitIsPutAside() throws Exception {
        Path saves = Files.createDirectories(root.resolve("var/lib/xen/save"));
        Path managed = Files.createDirectories(root.resolve("var/lib/libvirt/libxl/save"));
        Path auto = Files.createDirectories(root.resolve("etc/xen/auto"));
        Files.writeString(
                saves.resolve("web1"), "Xen saved domain, xl format\n{ \"c_info\": { \"uuid\": \"" + WEB + "\" } }");
        Files.writeString(
                saves.resolve("other"), "Xen saved domain, xl format\n{ \"c_info\": { \"name\": \"other\" } }");
        Files.writeString(managed.resolve("web1.save"), "libvirt-xml\n" + definition(WEB));
        Files.writeString(auto.resolve("web1.cfg"), "name = \"web1\"\nmemory = 128\n");
        Files.writeString(auto.resolve("web10.cfg"), "name = \"web10\"\n");
        permits().guard(host(), WEB, "web1");

        assertThat(script("", "aside", "put").code()).isZero();
        assertThat(saves.toFile().list()).containsExactlyInAnyOrder("other", ".vfrt-aside");
        assertThat(managed.toFile().list()).containsExactly(".vfrt-aside");
        assertThat(auto.toFile().list()).containsExactlyInAnyOrder(".vfrt-aside.web1.cfg", "web10.cfg");
        assertThat(saves.resolve(".vfrt-aside").toFile().list()).hasSize(1);

        assertThat(script("", "aside", "back").code()).isZero();
        assertThat(auto.toFile().list()).containsExactlyInAnyOrder("web1.cfg", "web10.cfg");
    }

    @Test
    void whatCouldBringAGuestBackThatWentElsewhereIsFoundAndRemoved() throws Exception {
        Path saves = Files.createDirectories(root.resolve("var/lib/xen/save"));
        Path managed = Files.createDirectories(root.resolve("var/lib/libvirt/libxl/save"));
        Path auto = Files.createDirectories(root.resolve("etc/xen/auto"));
        Files.writeString(
                saves.resolve("web1"), "Xen saved domain, xl format\n{ \"c_info\": { \"uuid\": \"" + WEB + "\" } }");
        Files.writeString(
                saves.resolve("other"), "Xen saved domain, xl format\n{ \"c_info\": { \"name\": \"web1\" } }");
        Files.writeString(managed.resolve("web1.save"), "libvirt-xml\n" + definition(WEB));
        Files.writeString(auto.resolve("web1.cfg"), "name = \"web1\"\n");
        permits().guard(host(), WEB, "web1");
        AtomicInteger opened = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        HostStaleCopies stale = new HostStaleCopies(
                host -> {
                    opened.incrementAndGet();
                    return Optional.of(CountedShell.of(shell, closed));
                },
                root.toString());

        assertThat(stale.find("xen1", List.of(UUID.randomUUID()))).isEmpty();
        assertThat(stale.find("xen1", List.of())).isEmpty();
        assertThat(stale.find("xen1", List.of(WEB)))
                .containsExactly(
                        "'" + saves.resolve("web1") + "', which holds a guest's memory",
                        "'" + managed.resolve("web1.save") + "', which holds a guest's memory",
                        "'" + auto.resolve("web1.cfg") + "', which Xen starts");
        stale.remove("xen1", List.of(WEB));
        stale.remove("xen1", List.of(WEB));
        assertThat(stale.find("xen1", List.of(WEB))).isEmpty();
        assertThat(saves.toFile().list())
                .as("one of that name alone may be another guest's")
                .containsExactly("other");
        assertThat(root.resolve("var/lib/vfrt/auto/web1.cfg")).exists();
        assertThat(closed.get()).isPositive().isEqualTo(opened.get());
    }

    @Test
    void whatWasSavedOfAGuestWithAPermitStays() throws Exception {
        Path managed = Files.createDirectories(root.resolve("var/lib/libvirt/libxl/save"));
        Files.writeString(managed.resolve("web1.save"), "libvirt-xml\n" + definition(WEB));
        permitted();
        assertThat(script("", "aside", "put").code()).isZero();
        assertThat(managed.toFile().list()).containsExactly("web1.save");
    }

    @Test
    void aHostIsSetUpOnceSaysWhenItIsOutOfDateAndIsCleanedUpAgain() throws Exception {
        assertThat(permits().standing(host()).installed()).isFalse();
        assertThat(setUp().obstacles(host(), true)).extracting("code").contains("guard-missing");
        assertThat(setUp().obstacles(host(), false)).isEmpty();
        assertThat(setUp().run(host(), HostSetup.Task.LOOK))
                .extracting(HostSetup.Part::state)
                .containsOnly("missing");
        assertThat(root.resolve("etc/libvirt")).doesNotExist();

        assertThat(setUp().run(host(), HostSetup.Task.INSTALL)).allMatch(HostSetup.Part::right);
        Path hook = root.resolve("etc/libvirt/hooks/libxl.d/00-vfrt");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(hook)))
                .isEqualTo("rwxr-xr-x");
        assertThat(permits().standing(host()).installed()).isTrue();
        assertThat(setUp().obstacles(host(), false)).isEmpty();

        Files.writeString(hook, Files.readString(hook) + "# another version\n");
        assertThat(setUp().obstacles(host(), false)).extracting("code").containsExactly("guard-outdated");
        assertThat(permits().standing(host()).installed()).isTrue();
        assertThat(setUp().run(host(), HostSetup.Task.INSTALL)).allMatch(HostSetup.Part::right);

        permits().guard(host(), WEB, "web1");
        assertThatThrownBy(() -> setUp().run(host(), HostSetup.Task.REMOVE))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("web1");
        permits().unguard(host(), WEB);
        assertThat(setUp().run(host(), HostSetup.Task.REMOVE))
                .extracting(HostSetup.Part::state)
                .containsOnly("missing");
        assertThat(hook).doesNotExist();
    }

    @Test
    void aDaemonThatRunsSinceBeforeTheFirstHookIsKnownNotToAsk() throws Exception {
        Files.writeString(
                root.resolve("run/libvirtd.pid"), ProcessHandle.current().pid() + "\n");
        assertThat(setUp().run(host(), HostSetup.Task.INSTALL))
                .filteredOn(part -> part.kind().equals("daemon"))
                .containsExactly(new HostSetup.Part("daemon", "deaf", "libvirtd"));
        assertThat(permits().standing(host()).installed()).isFalse();
        assertThat(setUp().obstacles(host(), false)).extracting("code").containsExactly("guard-deaf");
        // It was asked: so it does ask.
        assertThat(hook("prepare", WEB).code()).isZero();
        assertThat(permits().standing(host()).installed()).isTrue();
        // A later version of the hook changes nothing about that.
        Path hook = root.resolve("etc/libvirt/hooks/libxl.d/00-vfrt");
        Files.writeString(hook, Files.readString(hook) + "# another version\n");
        assertThat(setUp().run(host(), HostSetup.Task.INSTALL)).allMatch(HostSetup.Part::right);
    }
}
