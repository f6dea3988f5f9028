/** The hot tier: a guest's epochs are received as it runs, and it is started from the last complete one. How that is done is somebody else's; this is what is asked and answered. */
@NullMarked
package org.vfrt.core.hot;

import org.jspecify.annotations.NullMarked;
