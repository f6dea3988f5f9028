/** How the memory of guests lies in pack files: pages by content, differences to the page before, frames, page maps. */
@NullMarked
package org.vfrt.core.pack;

import org.jspecify.annotations.NullMarked;
