package org.vfrt.xen.fence;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A management controller that speaks IPMI over LAN: OpenIPMI's {@code ipmi_sim}. The power of its machine is what stands in a file. */
final class BmcSimulator implements AutoCloseable {

    static final String USER = "fencer";
    static final String PASSWORD = "no-secret";

    private final Path directory;
    private final int port;
    private final Process process;

    private BmcSimulator(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    static boolean installed() {
        return Files.isExecutable(Path.of("/usr/bin/ipmi_sim"))
                && Files.isExecutable(Path.of("/usr/sbin/fence_ipmilan"))
                && Files.isExecutable(Path.of("/usr/bin/ipmitool"));
    }

    static BmcSimulator start(Path directory) throws IOException, InterruptedException {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path chassis = Files.writeString(directory.resolve("chassis"), """
                #!/bin/sh
                case "$2 $3" in
                    'get power') echo "power:$(cat '%1$s/power')" ;;
                    'set power') echo "$4" >'%1$s/power' ;;
                    *) exit 1 ;;
                esac
                """.formatted(directory));
        Files.setPosixFilePermissions(chassis, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(directory.resolve("lan.conf"), """
                name "vfrt"
                set_working_mc 0x20
                  startlan 1
                    addr 127.0.0.1 %d
                    priv_limit admin
                    allowed_auths_admin md5
                    guid a123456789abcdefa123456789abcdef
                  endlan
                  chassis_control "%s 0x20"
                  user 1 false "" "" user 10 md5
                  user 2 true "%s" "%s" admin 10 md5
                """.formatted(port, chassis, USER, PASSWORD));
        Files.writeString(directory.resolve("commands"), """
                mc_setbmc 0x20
                mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
                mc_enable 0x20
                """);
        Files.createDirectories(directory.resolve("state"));
        Process process = new ProcessBuilder(
                        "ipmi_sim", "-n",
                        "-c", directory.resolve("lan.conf").toString(),
                        "-f", directory.resolve("commands").toString(),
                        "-s", directory.resolve("state").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        BmcSimulator bmc = new BmcSimulator(directory, port, process);
        bmc.power("1");
        return bmc;
    }

    int port() {
        return port;
    }

    String power() throws IOException {
        return Files.readString(directory.resolve("power"), StandardCharsets.UTF_8)
                .strip();
    }

    void power(String power) throws IOException {
        Files.writeString(directory.resolve("power"), power + "\n");
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
