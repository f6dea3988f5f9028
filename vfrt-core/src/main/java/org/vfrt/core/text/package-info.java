/** How amounts are put into words, in results and in messages. */
@NullMarked
package org.vfrt.core.text;

import org.jspecify.annotations.NullMarked;
