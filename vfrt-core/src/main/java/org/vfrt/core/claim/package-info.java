/** Which host may run a guest: the register that all controllers agree on, and the claims in it. */
@NullMarked
package org.vfrt.core.claim;

import org.jspecify.annotations.NullMarked;
