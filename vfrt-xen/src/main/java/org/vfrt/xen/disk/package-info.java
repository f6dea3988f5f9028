/** Snapshots of guests' disks, made by the engines that a host has. */
@NullMarked
package org.vfrt.xen.disk;

import org.jspecify.annotations.NullMarked;
