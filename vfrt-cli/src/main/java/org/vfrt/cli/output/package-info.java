/** What people and scripts read: tables, JSON, amounts, errors, progress. */
@NullMarked
package org.vfrt.cli.output;

import org.jspecify.annotations.NullMarked;
