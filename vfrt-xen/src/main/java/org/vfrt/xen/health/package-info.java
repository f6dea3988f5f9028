/** Whether a guest that was brought back does what it is for. */
@NullMarked
package org.vfrt.xen.health;

import org.jspecify.annotations.NullMarked;
