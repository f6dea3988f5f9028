package org.vfrt.xen.s3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.vfrt.core.process.KnownProcess;

/** The processes of this machine, as Linux tells of them. */
final class LinuxProcesses implements Processes {

    private final Owner self;

    LinuxProcesses() {
        KnownProcess own = KnownProcess.current();
        this.self = new Owner(machine(), own.id(), own.begun(), "process " + own.id() + " on " + host());
    }

    /** The same number can stand for another process after a start, and in another container. */
    private static String machine() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip() + "/"
                    + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException e) {
            return "";
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "?";
        }
    }

    @Override
    public Owner self() {
        return self;
    }

    @Override
    public boolean isDead(Owner owner) {
        return !self.machine().isEmpty()
                && self.machine().equals(owner.machine())
                && !KnownProcess.of(owner.pid(), owner.started()).runs();
    }
}
