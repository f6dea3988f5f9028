package org.vfrt.xen.s3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** The processes of this machine, as Linux tells of them. */
final class LinuxProcesses implements Processes {

    private final Owner self;

    LinuxProcesses() {
        ProcessHandle own = ProcessHandle.current();
        this.self = new Owner(machine(), own.pid(), started(own), "process " + own.pid() + " on " + host());
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

    private static String started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("");
    }

    @Override
    public Owner self() {
        return self;
    }

    @Override
    public boolean isDead(Owner owner) {
        if (self.machine().isEmpty() || !self.machine().equals(owner.machine())) {
            return false;
        }
        Optional<ProcessHandle> there = ProcessHandle.of(owner.pid()).filter(ProcessHandle::isAlive);
        if (there.isEmpty()) {
            return true;
        }
        String started = started(there.get());
        return !started.isEmpty() && !owner.started().isEmpty() && !started.equals(owner.started());
    }
}
