/** The store seen as a host: vfrt's libvirt-RPC server and the two roles it plays in a migration. */
@NullMarked
package org.vfrt.xen.endpoint;

import org.jspecify.annotations.NullMarked;
