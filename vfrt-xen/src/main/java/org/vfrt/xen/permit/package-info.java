/** What a host starts: permits on the hosts, and libvirt's hook that asks for them. */
@NullMarked
package org.vfrt.xen.permit;

import org.jspecify.annotations.NullMarked;
