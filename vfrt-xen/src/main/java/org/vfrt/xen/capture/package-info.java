/** Live capture: a migration into the store that is called off at the last step (design record 0001). */
@NullMarked
package org.vfrt.xen.capture;

import org.jspecify.annotations.NullMarked;
