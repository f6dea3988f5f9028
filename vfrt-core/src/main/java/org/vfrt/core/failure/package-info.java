/** The one family of errors that vfrt shows to people and scripts. Anything else that is thrown is a bug. */
@NullMarked
package org.vfrt.core.failure;

import org.jspecify.annotations.NullMarked;
