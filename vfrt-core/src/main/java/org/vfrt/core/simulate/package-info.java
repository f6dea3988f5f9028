/** A pool that is made up, on a clock of its own, behind the ports of the standby engine: for rehearsals, and to show that its rules hold. */
@NullMarked
package org.vfrt.core.simulate;

import org.jspecify.annotations.NullMarked;
