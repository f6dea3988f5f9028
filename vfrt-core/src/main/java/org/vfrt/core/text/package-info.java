/** How amounts are put into words, and facts into JSON. */
@NullMarked
package org.vfrt.core.text;

import org.jspecify.annotations.NullMarked;
