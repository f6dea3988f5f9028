package org.vfrt.xen.libvirt;

import org.vfrt.core.pool.Hypervisor;
import org.vfrt.core.pool.HypervisorContract;

/** The contract against a world out of a file. */
final class TestFileContractTest extends HypervisorContract {

    @Override
    protected Hypervisor open() {
        return TestDriver.connect(TestDriver.smallHost());
    }
}
