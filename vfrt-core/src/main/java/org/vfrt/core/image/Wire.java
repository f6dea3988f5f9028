package org.vfrt.core.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers and byte order of the two stream formats, as Xen's docs/specs define them. */
final class Wire {

    static final int PAGE_BYTES = 4096;
    static final int RECORD_HEAD_BYTES = 8;
    /** What a libxc receiver takes at most for one record. */
    static final int RECORD_BYTES_MAX = 128 << 20;
    /** libxc's writer puts at most this many pages into a record, and so does vfrt's. */
    static final int BATCH_PAGES = 1024;
    /** As many pages as fit into the largest record, so that only a record that is nothing but holes could hold more. */
    static final int BATCH_PAGES_MAX = RECORD_BYTES_MAX / PAGE_BYTES;

    static final int LIBXL_HEADER_BYTES = 16;
    static final long LIBXL_IDENT = 0x4c6962786c466d74L;
    static final int LIBXL_VERSION = 2;
    static final int LIBXL_BIG_ENDIAN = 1;
    static final int LIBXL_LEGACY = 2;

    static final int LIBXC_HEADER_BYTES = 24 + 16;
    static final long LIBXC_MARKER = -1;
    static final int LIBXC_IDENT = 0x58454e46;
    static final int LIBXC_BIG_ENDIAN = 1;
    static final int PAGE_SHIFT = 12;

    static final int XL_END = 0;
    static final int XL_LIBXC_CONTEXT = 1;
    static final int XL_EMULATOR_XENSTORE_DATA = 2;
    static final int XL_EMULATOR_CONTEXT = 3;
    static final int XL_CHECKPOINT_END = 4;
    static final int XL_CHECKPOINT_STATE = 5;

    static final int XC_END = 0;
    static final int XC_PAGE_DATA = 1;
    static final int XC_PV_INFO = 2;
    static final int XC_PV_P2M_FRAMES = 3;
    static final int XC_PV_VCPU_BASIC = 4;
    static final int XC_PV_VCPU_EXTENDED = 5;
    static final int XC_PV_VCPU_XSAVE = 6;
    static final int XC_SHARED_INFO = 7;
    static final int XC_TSC_INFO = 8;
    static final int XC_HVM_CONTEXT = 9;
    static final int XC_HVM_PARAMS = 0xa;
    static final int XC_TOOLSTACK = 0xb;
    static final int XC_PV_VCPU_MSRS = 0xc;
    static final int XC_VERIFY = 0xd;
    static final int XC_CHECKPOINT = 0xe;
    static final int XC_CHECKPOINT_DIRTY_PFN_LIST = 0xf;
    static final int XC_STATIC_DATA_END = 0x10;
    static final int XC_CPUID_POLICY = 0x11;
    static final int XC_MSR_POLICY = 0x12;

    private static final String[] XL_NAMES = {
        "END", "LIBXC_CONTEXT", "EMULATOR_XENSTORE_DATA", "EMULATOR_CONTEXT", "CHECKPOINT_END", "CHECKPOINT_STATE"
    };
    private static final String[] XC_NAMES = {
        "END",
        "PAGE_DATA",
        "X86_PV_INFO",
        "X86_PV_P2M_FRAMES",
        "X86_PV_VCPU_BASIC",
        "X86_PV_VCPU_EXTENDED",
        "X86_PV_VCPU_XSAVE",
        "SHARED_INFO",
        "X86_TSC_INFO",
        "HVM_CONTEXT",
        "HVM_PARAMS",
        "TOOLSTACK",
        "X86_PV_VCPU_MSRS",
        "VERIFY",
        "CHECKPOINT",
        "CHECKPOINT_DIRTY_PFN_LIST",
        "STATIC_DATA_END",
        "X86_CPUID_POLICY",
        "X86_MSR_POLICY"
    };

    private static final VarHandle SHORT_LE = view(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT_LE = view(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_LE = view(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT_BE = view(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT_BE = view(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG_BE = view(long[].class, ByteOrder.BIG_ENDIAN);

    private Wire() {}

    private static VarHandle view(Class<?> array, ByteOrder order) {
        return MethodHandles.byteArrayViewVarHandle(array, order);
    }

    static String name(Layer layer, int type) {
        String[] names = layer == Layer.LIBXL ? XL_NAMES : XC_NAMES;
        return type >= 0 && type < names.length ? names[type] : "0x" + Integer.toHexString(type);
    }

    static long padded(int length) {
        return (length + 7L) & ~7L;
    }

    static int shortLe(byte[] bytes, int at) {
        return (short) SHORT_LE.get(bytes, at) & 0xffff;
    }

    static int intLe(byte[] bytes, int at) {
        return (int) INT_LE.get(bytes, at);
    }

    static long longLe(byte[] bytes, int at) {
        return (long) LONG_LE.get(bytes, at);
    }

    static int shortBe(byte[] bytes, int at) {
        return (short) SHORT_BE.get(bytes, at) & 0xffff;
    }

    static int intBe(byte[] bytes, int at) {
        return (int) INT_BE.get(bytes, at);
    }

    static long longBe(byte[] bytes, int at) {
        return (long) LONG_BE.get(bytes, at);
    }

    static void putShortLe(byte[] bytes, int at, int value) {
        SHORT_LE.set(bytes, at, (short) value);
    }

    static void putIntLe(byte[] bytes, int at, int value) {
        INT_LE.set(bytes, at, value);
    }

    static void putLongLe(byte[] bytes, int at, long value) {
        LONG_LE.set(bytes, at, value);
    }

    static void putShortBe(byte[] bytes, int at, int value) {
        SHORT_BE.set(bytes, at, (short) value);
    }

    static void putIntBe(byte[] bytes, int at, int value) {
        INT_BE.set(bytes, at, value);
    }

    static void putLongBe(byte[] bytes, int at, long value) {
        LONG_BE.set(bytes, at, value);
    }
}
