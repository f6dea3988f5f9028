/** Standing orders to keep a guest ready on a second host, and what is done when the first one dies. */
@NullMarked
package org.vfrt.core.standby;

import org.jspecify.annotations.NullMarked;
