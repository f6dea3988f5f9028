package org.vfrt.core.claim;

final class MemoryRegisterTest extends RegisterContract {

    private final MemoryRegister register = new MemoryRegister();

    @Override
    protected Register open() {
        return register;
    }
}
