package org.libvirt;

import com.sun.jna.Native;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.DomainPointer;

/**
 * The functions of libvirt that libvirt-java 0.5.4 leaves out. It lies in libvirt-java's package because the native pointers of
 * {@link Domain} and {@link Connect} are visible only there.
 */
@NullMarked
public final class VfrtNative {

    private static final int RESTORE_PAUSED = 4;

    private VfrtNative() {}

    /** What libvirt's C library is asked for. Bound when it is used first: quick commands need none of it. */
    interface Functions extends com.sun.jna.Library {
        Functions LIBVIRT = Native.load("virt", Functions.class);

        int virDomainRestoreFlags(ConnectionPointer connection, String from, @Nullable String xml, int flags);

        int virDomainGetState(DomainPointer domain, int[] state, int[] reason, int flags);
    }

    /** Returns the number of the state and of its reason (virDomainGetState); it takes no job, so it never waits for one. */
    public static int[] state(Domain domain) throws LibvirtException {
        int[] state = new int[1];
        int[] reason = new int[1];
        ErrorHandler.processError(Functions.LIBVIRT.virDomainGetState(domain.vdp, state, reason, 0));
        return new int[] {state[0], reason[0]};
    }

    /** Restores a saved guest and leaves it paused (virDomainRestoreFlags). The test driver refuses it. */
    public static void restorePaused(Connect connection, String file) throws LibvirtException {
        ErrorHandler.processError(Functions.LIBVIRT.virDomainRestoreFlags(connection.vcp, file, null, RESTORE_PAUSED));
    }
}
