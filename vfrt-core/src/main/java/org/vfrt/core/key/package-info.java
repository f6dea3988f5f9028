/** The key an operator holds to an encrypted store: where it comes from, and what it looks like. */
@NullMarked
package org.vfrt.core.key;

import org.jspecify.annotations.NullMarked;
