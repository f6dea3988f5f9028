/** Which checkpoints of a guest stay and which go: the rules, the decision with its reasons, and the removal. */
@NullMarked
package org.vfrt.core.retention;

import org.jspecify.annotations.NullMarked;
