package org.vfrt.core.drill;

import org.vfrt.core.pool.FakePool;
import org.vfrt.core.pool.Hypervisor;

final class FakeGroundTest extends DrillGroundContract {

    private final FakeGround ground = new FakeGround((host, path) -> path.equals(there()));

    @Override
    protected DrillGround ground() {
        return ground;
    }

    @Override
    protected Hypervisor host() {
        return new FakePool("xen1").on("xen1");
    }

    @Override
    protected String there() {
        return "/copies/drill-web1.xvda";
    }
}
