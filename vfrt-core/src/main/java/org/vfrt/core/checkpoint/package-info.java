/**
 * Checkpoints: taking them, showing them, verifying, restoring and deleting them; and the ports to what does the work on a
 * host.
 */
@NullMarked
package org.vfrt.core.checkpoint;

import org.jspecify.annotations.NullMarked;
