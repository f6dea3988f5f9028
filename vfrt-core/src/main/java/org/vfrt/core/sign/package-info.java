/** What shows that a guest does what it is for. */
@NullMarked
package org.vfrt.core.sign;

import org.jspecify.annotations.NullMarked;
