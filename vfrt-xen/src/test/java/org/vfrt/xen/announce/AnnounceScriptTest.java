package org.vfrt.xen.announce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vfrt.xen.host.PlayedHost;

/** The program that sends the frames, on a real bridge in a network namespace; xenstore is played. Whether neighbours heed them is seen on the lab. */
final class AnnounceScriptTest {

    private static final String GUEST = "8e8dab7f-3860-481d-8461-c0a967d2527a";

    /** Keys are files below $WORLD. */
    private static final Map<String, String> TOOLS = Map.of(
            "xenstore-list", "() { ls \"$WORLD$1\" 2>/dev/null; }",
            "xenstore-read", "() { cat \"$WORLD$1\" 2>/dev/null; }");

    /** Says the frames that arrive behind the bridge, in hexadecimal, until nothing comes any more. */
    private static final String LISTEN = """
            import socket, sys
            link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            link.bind(("port1", 0))
            open(sys.argv[1], "w").close()
            link.settimeout(4)
            try:
                while True:
                    frame = link.recv(2000)
                    if frame[12:14] in (b"\\x08\\x06", b"\\x80\\x35"):
                        print(frame[:42].hex(), flush=True)
            except TimeoutError:
                pass
            """;

    @TempDir
    private Path world;

    private final String namespace = "vfrtt" + ProcessHandle.current().pid();

    @BeforeEach
    void aBridgeWithAPort() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "network namespaces need root");
        ip("netns add " + namespace);
        ip("-n " + namespace + " link add br0 type bridge");
        ip("-n " + namespace + " link add port0 type veth peer name port1");
        ip("-n " + namespace + " link set port0 master br0 up");
        ip("-n " + namespace + " link set port1 up");
        ip("-n " + namespace + " link set br0 up");
    }

    @AfterEach
    void gone() throws Exception {
        if (System.getProperty("user.name").equals("root")) {
            ip("netns del " + namespace);
        }
    }

    private static void ip(String words) throws Exception {
        assertThat(new ProcessBuilder(("ip " + words).split(" ", -1))
                        .inheritIO()
                        .start()
                        .waitFor())
                .as(words)
                .isZero();
    }

    private void xenstore(String key, String value) throws IOException {
        Path file = world.resolve("local/domain/" + key);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, value);
    }

    private void guestWithInterface(String bridge) throws IOException {
        xenstore("7/vm", "/vm/" + GUEST);
        xenstore("5/vm", "/vm/11111111-2222-4333-8444-555555555555");
        xenstore("0/backend/vif/7/0/mac", "52:54:00:AB:00:01");
        xenstore("0/backend/vif/7/0/bridge", bridge);
    }

    private List<String> announce(String... addresses) throws Exception {
        Path script = world.resolve("announce.sh");
        try (InputStream text = Objects.requireNonNull(HostAnnouncements.class.getResourceAsStream("announce.sh"))) {
            Files.write(script, text.readAllBytes());
        }
        List<String> words = new ArrayList<>(List.of(script.toString(), GUEST, "2"));
        words.addAll(List.of(addresses));
        ProcessBuilder bash = PlayedHost.bash(world, TOOLS, words.toArray(String[]::new));
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        inside.addAll(bash.command());
        Process process = bash.command(inside).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return said.lines().toList();
    }

    @Test
    void eachKnownAddressAndTheMacItselfReachEveryPort() throws Exception {
        guestWithInterface("br0");
        xenstore("0/backend/vif/7/0/ip", "10.1.2.3");
        Path ready = world.resolve("ready");
        Process listener = new ProcessBuilder(
                        "ip", "netns", "exec", namespace, "python3", "-c", LISTEN, ready.toString())
                .redirectErrorStream(true)
                .start();
        while (!Files.exists(ready)) {
            Thread.sleep(20);
        }

        assertThat(announce("10.9.9.9"))
                .containsExactly(
                        "sent\tbr0\t52:54:00:ab:00:01",
                        "sent\tbr0\t52:54:00:ab:00:01\t10.1.2.3",
                        "sent\tbr0\t52:54:00:ab:00:01\t10.9.9.9");
        List<String> frames = new String(listener.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        String head = "ffffffffffff" + "525400ab0001";
        assertThat(frames)
                .contains(
                        head + "8035" + "0001080006040003" + "525400ab000100000000" + "525400ab000100000000",
                        head + "0806" + "0001080006040001" + "525400ab00010a010203" + "0000000000000a010203",
                        head + "0806" + "0001080006040002" + "525400ab00010a010203" + "ffffffffffff0a010203",
                        head + "0806" + "0001080006040001" + "525400ab00010a090909" + "0000000000000a090909")
                .hasSize(10);
    }

    @Test
    void aGuestWithoutAnAddressIsToldOfByItsMacAlone() throws Exception {
        guestWithInterface("br0");
        assertThat(announce()).containsExactly("sent\tbr0\t52:54:00:ab:00:01");
    }

    @Test
    void aGuestWithoutInterfacesNeedsNone() throws Exception {
        xenstore("7/vm", "/vm/" + GUEST);
        assertThat(announce()).containsExactly("none");
    }

    @Test
    void whatCannotBeSentIsSaid() throws Exception {
        assertThat(announce()).containsExactly("no\tguest-not-there\tthe guest has no domain there");
        guestWithInterface("br9");
        assertThat(announce().get(0)).startsWith("no\tno-bridge\t");
    }
}
