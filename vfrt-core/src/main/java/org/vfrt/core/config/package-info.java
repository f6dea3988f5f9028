/** The configuration file: the pool's hosts, the store, and where vfrt keeps its state. */
@NullMarked
package org.vfrt.core.config;

import org.jspecify.annotations.NullMarked;
