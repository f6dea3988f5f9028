package org.vfrt.xen.libvirt;

import org.libvirt.Library;
import org.libvirt.LibvirtException;

/** libvirt's event loop, once for the whole process. Keepalive answers are read in it. */
final class EventLoop {

    private EventLoop() {}

    /** Starts it, unless it runs already. It ends with the process. */
    static void start() {
        if (!Running.THREAD.isAlive()) {
            throw new IllegalStateException("libvirt's event loop has ended");
        }
    }

    /** Its class is loaded, and so the loop started, at the first use. */
    private static final class Running {

        static final Thread THREAD = begin();

        private static Thread begin() {
            try {
                Library.initEventLoop();
            } catch (LibvirtException e) {
                throw new IllegalStateException(e);
            }
            Thread thread = new Thread(Running::loop, "vfrt-libvirt-events");
            thread.setDaemon(true);
            thread.start();
            return thread;
        }

        private static void loop() {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    Library.processEvent();
                } catch (LibvirtException | RuntimeException e) {
                    // One bad event must not stop the others: without the loop keepalive would close healthy
                    // connections.
                    pause();
                }
            }
        }

        private static void pause() {
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
