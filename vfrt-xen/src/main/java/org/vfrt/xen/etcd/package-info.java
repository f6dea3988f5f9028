/** The register of a pool with several controllers, in an etcd. */
@NullMarked
package org.vfrt.xen.etcd;

import org.jspecify.annotations.NullMarked;
