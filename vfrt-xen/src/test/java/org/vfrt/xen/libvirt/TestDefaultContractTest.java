package org.vfrt.xen.libvirt;

import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.HypervisorContract;

/** The contract against libvirt's built-in world. */
final class TestDefaultContractTest extends HypervisorContract {

    @Override
    protected Hypervisor open() {
        return TestDriver.connect(TestDriver.host("default", "test:///default"));
    }
}
