/** What vfrt is in the middle of, written down before it is done, so that a crash leaves no unanswered question. */
@NullMarked
package org.vfrt.core.journal;

import org.jspecify.annotations.NullMarked;
