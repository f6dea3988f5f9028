/** Tells networks where guests are. */
@NullMarked
package org.vfrt.xen.announce;

import org.jspecify.annotations.NullMarked;
