/**
 * Drills: a checkpoint is restored as a second copy that meets nobody, shows a sign of life, and is taken away again. What comes of it is recorded.
 */
@NullMarked
package org.vfrt.core.drill;

import org.jspecify.annotations.NullMarked;
