/** Live migration between two hosts through their libvirts, with vfrt as the one that conducts it. */
@NullMarked
package org.vfrt.xen.migrate;

import org.jspecify.annotations.NullMarked;
