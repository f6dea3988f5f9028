package org.vfrt.xen.libvirt;

import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.libvirt.jna.Libvirt.VirErrorCallback;

/** Keeps libvirt from printing every error on stderr; each comes as an exception anyway. */
final class ErrorSilence {

    /** libvirt keeps a bare pointer to it for the life of the process, so it must never be collected. */
    private static final VirErrorCallback SILENT = (userData, error) -> {};

    private ErrorSilence() {}

    static void begin() {
        try {
            Connect.setErrorCallback(SILENT);
        } catch (LibvirtException e) {
            throw new IllegalStateException(e);
        } catch (UnsatisfiedLinkError e) {
            throw LibvirtErrors.noLibrary(e);
        }
    }
}
