/** Hosts that reset themselves when nobody renews their lease. */
@NullMarked
package org.vfrt.xen.lease;

import org.jspecify.annotations.NullMarked;
