/** Policies: which guests get checkpoints by themselves, how often and how, and what is kept; and the runs that follow them. */
@NullMarked
package org.vfrt.core.policy;

import org.jspecify.annotations.NullMarked;
