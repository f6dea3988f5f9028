/**
 * Which host a guest should be on: the score of a pool, plans of moves that better it, and the reasons. Nothing here asks a host or moves a
 * guest.
 */
@org.jspecify.annotations.NullMarked
package org.vfrt.core.placement;
