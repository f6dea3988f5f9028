/** The command line: one class per command, grouped as the user sees them. */
@NullMarked
package org.vfrt.cli;

import org.jspecify.annotations.NullMarked;
