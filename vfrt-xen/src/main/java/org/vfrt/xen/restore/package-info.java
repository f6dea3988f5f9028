/** Restore: a migration out of the store, for which the target host needs no file. */
@NullMarked
package org.vfrt.xen.restore;

import org.jspecify.annotations.NullMarked;
