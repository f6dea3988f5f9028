package org.vfrt.xen.host;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** A shell of which it is counted how often it is closed. */
public final class CountedShell {

    private CountedShell() {}

    /** Returns one that does all that the other does. */
    public static HostShell of(HostShell shell, AtomicInteger closed) {
        return (HostShell) Proxy.newProxyInstance(
                HostShell.class.getClassLoader(), new Class<?>[] {HostShell.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        closed.incrementAndGet();
                    }
                    try {
                        return method.invoke(shell, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
