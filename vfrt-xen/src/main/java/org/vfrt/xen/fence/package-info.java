/** Takes power away from hosts, through the programs of fence-agents. */
@NullMarked
package org.vfrt.xen.fence;

import org.jspecify.annotations.NullMarked;
