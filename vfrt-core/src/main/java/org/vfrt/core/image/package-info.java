/** The memory part of a checkpoint: guest pages by PFN and the records around them, as Xen's migration streams carry them. */
@NullMarked
package org.vfrt.core.image;

import org.jspecify.annotations.NullMarked;
