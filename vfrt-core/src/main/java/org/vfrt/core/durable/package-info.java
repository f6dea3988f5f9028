/** Files that only their owner can read and that are still there after a power cut, for what vfrt must not forget. */
@NullMarked
package org.vfrt.core.durable;

import org.jspecify.annotations.NullMarked;
