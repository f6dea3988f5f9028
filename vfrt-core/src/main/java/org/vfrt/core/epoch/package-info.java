/**
 * The last complete epoch of a guest whose memory arrives without end: an image that is brought up to date again and again, each time
 * altogether or not at all.
 */
@NullMarked
package org.vfrt.core.epoch;

import org.jspecify.annotations.NullMarked;
