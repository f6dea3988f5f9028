/** The hosts' shells and what is done through them: tunnels, the guard, the cures. */
@NullMarked
package org.vfrt.xen.host;

import org.jspecify.annotations.NullMarked;
