package org.vfrt.xen.etcd;

import java.nio.file.Path;
import org.vfrt.core.claim.DirectoryRegister;
import org.vfrt.core.claim.Register;
import org.vfrt.core.config.RegisterPlace;
import org.vfrt.core.config.StandbySettings;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.key.ReadSecret;

/** Opens the register that the configuration names. */
public final class OpenRegister {

    private final ReadSecret secrets;

    public OpenRegister(ReadSecret secrets) {
        this.secrets = secrets;
    }

    /**
     * Opens it; nothing is asked before it is used.
     *
     * @param state where one is made when none is named
     * @param insecure whether it may be reached in clear
     * @throws Refused {@code register-in-clear}; also when a file with a secret is open to others
     */
    public Register run(StandbySettings standby, Path state, boolean insecure) {
        RegisterPlace place =
                standby.register().orElseGet(() -> new RegisterPlace.Directory(state.resolve("register")));
        if (place instanceof RegisterPlace.Directory directory) {
            return new DirectoryRegister(directory.path());
        }
        RegisterPlace.Etcd etcd = (RegisterPlace.Etcd) place;
        if (etcd.settings().crossesNetworkInClear() && !insecure) {
            throw new Refused(
                    "register-in-clear",
                    "the register is reached through a network in clear, where others could write to it",
                    "Give 'endpoints' of 'etcd' with https, or say '--insecure' in a lab.");
        }
        return new EtcdRegister(etcd.settings(), secrets);
    }
}
