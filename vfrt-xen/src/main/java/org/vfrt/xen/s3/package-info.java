/**
 * Stores in buckets of an S3-compatible object store. Everything that is asked of the server goes through {@link
 * org.vfrt.xen.s3.Objects}; the rest is what docs/format.md says of stores in buckets.
 */
@NullMarked
package org.vfrt.xen.s3;

import org.jspecify.annotations.NullMarked;
