/** Live migration of guests between the hosts of a pool: of one, of all on a host, of those a plan names. */
@NullMarked
package org.vfrt.core.migrate;

import org.jspecify.annotations.NullMarked;
