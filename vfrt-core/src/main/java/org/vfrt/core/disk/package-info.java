/** Snapshots of guests' disks: the disks' state that belongs to an image (rule 3). */
@NullMarked
package org.vfrt.core.disk;

import org.jspecify.annotations.NullMarked;
