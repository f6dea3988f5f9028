/** What drills need of hosts: a network that leads nowhere, and signs of life. */
@NullMarked
package org.vfrt.xen.drill;

import org.jspecify.annotations.NullMarked;
