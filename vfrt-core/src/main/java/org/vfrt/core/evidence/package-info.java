/** Why a host is known to be dead: fence devices, and the other kinds of evidence. */
@NullMarked
package org.vfrt.core.evidence;

import org.jspecify.annotations.NullMarked;
