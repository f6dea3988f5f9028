package org.libvirt;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.virTypedParameter;

/**
 * The five phases of a migration, one by one ({@code src/libvirt_internal.h}; libvirtd and virsh's own library use them, under the symbol version
 * {@code LIBVIRT_PRIVATE_…}, with the same signatures from 1.1.0 to 11.3). virDomainMigrate3 calls them in one go, and takes a lost answer to
 * Finish for a refusal: it then resumes the guest on the source while it may run on the target.
 */
@NullMarked
public final class VfrtMigration {

    private VfrtMigration() {}

    /** What libvirt's C library is asked for. */
    interface Phases extends com.sun.jna.Library {
        Phases LIBVIRT = Native.load("virt", Phases.class);

        @Nullable
        Pointer virDomainMigrateBegin3Params(
                DomainPointer domain,
                virTypedParameter[] params,
                int count,
                PointerByReference cookie,
                IntByReference cookieLength,
                int flags);

        int virDomainMigratePrepare3Params(
                ConnectionPointer target,
                virTypedParameter[] params,
                int count,
                byte[] cookieIn,
                int cookieInLength,
                PointerByReference cookie,
                IntByReference cookieLength,
                PointerByReference uri,
                int flags);

        int virDomainMigratePerform3Params(
                DomainPointer domain,
                @Nullable String targetUri,
                virTypedParameter[] params,
                int count,
                byte[] cookieIn,
                int cookieInLength,
                PointerByReference cookie,
                IntByReference cookieLength,
                int flags);

        @Nullable
        DomainPointer virDomainMigrateFinish3Params(
                ConnectionPointer target,
                virTypedParameter[] params,
                int count,
                byte[] cookieIn,
                int cookieInLength,
                PointerByReference cookie,
                IntByReference cookieLength,
                int flags,
                int cancelled);

        int virDomainMigrateConfirm3Params(
                DomainPointer domain,
                virTypedParameter[] params,
                int count,
                byte[] cookieIn,
                int cookieInLength,
                int flags,
                int cancelled);
    }

    /** What a phase hands to the next. Immutable. */
    public static final class Answer {
        private final String text;
        private final byte[] cookie;

        private Answer(String text, byte[] cookie) {
            this.text = text;
            this.cookie = cookie;
        }

        /** Returns the guest's XML after Begin, which may hold passwords; the data URI after Prepare; else nothing. */
        public String text() {
            return text;
        }

        /** Returns what the next phase wants to have, a copy. */
        public byte[] cookie() {
            return cookie.clone();
        }
    }

    /** Opens libvirt's job on the source, and returns the guest's XML. */
    public static Answer begin(Domain domain, Map<String, String> params, int flags) throws LibvirtException {
        Cookie out = new Cookie();
        Pointer xml = Phases.LIBVIRT.virDomainMigrateBegin3Params(
                domain.vdp, typed(params), params.size(), out.bytes, out.length, flags);
        return new Answer(taken(ErrorHandler.processError(xml)), out.taken());
    }

    /** Lets the target listen, and returns where. */
    public static Answer prepare(Connect target, Map<String, String> params, byte[] cookie, int flags)
            throws LibvirtException {
        Cookie out = new Cookie();
        PointerByReference uri = new PointerByReference();
        ErrorHandler.processError(Phases.LIBVIRT.virDomainMigratePrepare3Params(
                target.vcp, typed(params), params.size(), cookie, cookie.length, out.bytes, out.length, uri, flags));
        return new Answer(taken(uri.getValue()), out.taken());
    }

    /** Sends the guest's memory. Afterwards the guest is suspended on the source. */
    public static Answer perform(Domain domain, Map<String, String> params, byte[] cookie, int flags)
            throws LibvirtException {
        Cookie out = new Cookie();
        ErrorHandler.processError(Phases.LIBVIRT.virDomainMigratePerform3Params(
                domain.vdp, null, typed(params), params.size(), cookie, cookie.length, out.bytes, out.length, flags));
        return new Answer("", out.taken());
    }

    /** Lets the guest run on the target, or when it is cancelled takes away what arrived there. */
    public static Answer finish(Connect target, Map<String, String> params, byte[] cookie, int flags, boolean cancelled)
            throws LibvirtException {
        Cookie out = new Cookie();
        DomainPointer domain = Phases.LIBVIRT.virDomainMigrateFinish3Params(
                target.vcp,
                typed(params),
                params.size(),
                cookie,
                cookie.length,
                out.bytes,
                out.length,
                flags,
                cancelled ? 1 : 0);
        if (domain == null && cancelled) {
            // The answer to a cancelled one is nothing, whether it worked or not.
            return new Answer("", out.taken());
        }
        new Domain(target, ErrorHandler.processError(domain)).free();
        return new Answer("", out.taken());
    }

    /** Lets the source forget the guest, or when it is cancelled ends libvirt's job there (and on libvirt 9 resumes the guest). */
    public static void confirm(Domain domain, Map<String, String> params, byte[] cookie, int flags, boolean cancelled)
            throws LibvirtException {
        ErrorHandler.processError(Phases.LIBVIRT.virDomainMigrateConfirm3Params(
                domain.vdp, typed(params), params.size(), cookie, cookie.length, flags, cancelled ? 1 : 0));
    }

    private static virTypedParameter[] typed(Map<String, String> params) {
        virTypedParameter[] typed = (virTypedParameter[]) new virTypedParameter().toArray(params.size());
        int i = 0;
        for (Map.Entry<String, String> param : params.entrySet()) {
            virTypedParameter one = TypedParameter.toNative(new TypedStringParameter(param.getKey(), param.getValue()));
            typed[i].field = one.field;
            typed[i].type = one.type;
            typed[i].value = one.value;
            i++;
        }
        return typed;
    }

    private static String taken(@Nullable Pointer text) {
        if (text == null) {
            return "";
        }
        try {
            return text.getString(0, StandardCharsets.UTF_8.name());
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }

    /** What libvirt allocates and its caller frees. */
    private static final class Cookie {
        private final PointerByReference bytes = new PointerByReference();
        private final IntByReference length = new IntByReference();

        byte[] taken() {
            Pointer found = bytes.getValue();
            if (found == null) {
                return new byte[0];
            }
            try {
                return found.getByteArray(0, length.getValue());
            } finally {
                Native.free(Pointer.nativeValue(found));
            }
        }
    }
}
