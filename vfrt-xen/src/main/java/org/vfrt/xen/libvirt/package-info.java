/** The hosts through libvirt. */
@NullMarked
package org.vfrt.xen.libvirt;

import org.jspecify.annotations.NullMarked;
