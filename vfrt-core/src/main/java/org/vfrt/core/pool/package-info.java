/** The hosts of one configuration and the guests on them, as asked from libvirt. Values, and the port to a hypervisor. */
@NullMarked
package org.vfrt.core.pool;

import org.jspecify.annotations.NullMarked;
