package org.vfrt.xen.s3;

import org.vfrt.core.config.S3Settings;

/** How a server is reached, and with what. */
record S3Access(S3Settings settings, S3Credentials credentials) {}
