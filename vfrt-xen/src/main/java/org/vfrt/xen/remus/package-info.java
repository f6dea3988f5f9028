/** The hot standby: Xen's own Remus sends a guest's memory without end, and vfrt keeps the last complete epoch of it. */
@NullMarked
package org.vfrt.xen.remus;

import org.jspecify.annotations.NullMarked;
