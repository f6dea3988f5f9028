package org.vfrt.xen.endpoint;

import java.util.Optional;

/**
 * What the source said about the guest when it prepared the migration.
 *
 * @param definition the guest's domain XML as it belongs to the image. It can hold passwords (VNC): a secret
 * @param name the name the guest is to have, when the source gave one apart from the XML
 * @param flags libvirt's migration flags
 */
public record Prepared(Optional<String> definition, Optional<String> name, int flags) {

    /** Without the definition, because that is a secret and this may end up in a log. */
    @Override
    public String toString() {
        return "Prepared[definition " + (definition.isPresent() ? "given" : "missing") + ", name " + name.orElse("-")
                + ", flags 0x" + Integer.toHexString(flags) + "]";
    }
}
