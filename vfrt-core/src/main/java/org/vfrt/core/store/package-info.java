/** Where checkpoints are kept. */
@NullMarked
package org.vfrt.core.store;

import org.jspecify.annotations.NullMarked;
