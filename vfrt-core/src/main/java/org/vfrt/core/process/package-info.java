/** Processes of this machine, known again by others, and the time that passes in them. */
@NullMarked
package org.vfrt.core.process;

import org.jspecify.annotations.NullMarked;
