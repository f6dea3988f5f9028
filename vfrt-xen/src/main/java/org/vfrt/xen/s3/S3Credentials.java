package org.vfrt.xen.s3;

import java.util.Optional;

/** What requests to an object store are signed with. Prints nothing of it. */
public record S3Credentials(String keyId, String secret, Optional<String> sessionToken) {

    @Override
    public String toString() {
        return "S3Credentials[]";
    }
}
