/** Processes of this machine, known again by others. */
@NullMarked
package org.vfrt.core.process;

import org.jspecify.annotations.NullMarked;
