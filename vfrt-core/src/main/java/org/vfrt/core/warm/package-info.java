/** The warm tier: copies of a guest are checkpoints, and it comes back by a restore of one. Standby's ports, made of vfrt's own operations. */
@NullMarked
package org.vfrt.core.warm;

import org.jspecify.annotations.NullMarked;
